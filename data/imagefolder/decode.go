package imagefolder

import (
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // registers the format
	_ "image/png"  // registers the format
	"os"

	"github.com/pkg/errors"
	"golang.org/x/image/draw"
)

// maxPixels bounds the size of one image in its file, so that a small file cannot fill the memory.
const maxPixels = 1 << 26

// A format is what all images are turned into.
type format struct {
	channels, height, width int
}

// A SizeError tells of images of several sizes, which only a Reader with Height and Width reads.
type SizeError struct {
	Path                    string // of an image
	Height, Width           int
	First                   string // path of an image of another size
	FirstHeight, FirstWidth int
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("imagefolder: size of %s: got %d x %d pixels (height x width), want %d x %d, as of %s (set Height and Width to resize)",
		e.Path, e.Height, e.Width, e.FirstHeight, e.FirstWidth, e.First)
}

// inspect reads the headers of all files and returns the format of the images.
func (r Reader) inspect(files []file) (format, error) {
	headers := make([]image.Config, len(files))
	if err := each(len(files), func(i int) (err error) {
		headers[i], err = readHeader(files[i].path)
		return err
	}); err != nil {
		return format{}, err
	}
	f := format{channels: 1, height: r.Height, width: r.Width}
	if f.height == 0 {
		f.height, f.width = headers[0].Height, headers[0].Width
	}
	for i, h := range headers {
		if h.ColorModel != color.GrayModel && h.ColorModel != color.Gray16Model {
			f.channels = 3
		}
		if r.Height == 0 && (h.Height != f.height || h.Width != f.width) {
			return format{}, &SizeError{files[i].path, h.Height, h.Width, files[0].path, f.height, f.width}
		}
	}
	if r.Channels != 0 {
		f.channels = r.Channels
	}
	return f, r.checkMemory(f, len(files))
}

// checkMemory returns an error for more values than MaxValues.
func (r Reader) checkMemory(f format, images int) error {
	limit := r.MaxValues
	if limit == 0 {
		limit = 1 << 30
	}
	if size := int64(f.channels) * int64(f.height) * int64(f.width); size > int64(limit)/int64(images) {
		return errors.Errorf("imagefolder: size of all images: got %d of %d x %d x %d values, want at most %d together "+
			"(set Height and Width to resize, or MaxValues)", images, f.channels, f.height, f.width, limit)
	}
	return nil
}

// readHeader reads size and colours of an image.
func readHeader(path string) (image.Config, error) {
	var header image.Config
	err := open(path, func(file *os.File) (kind string, err error) {
		header, kind, err = image.DecodeConfig(file)
		return kind, err
	})
	if err == nil && (header.Height < 1 || header.Width < 1 || header.Width > maxPixels/header.Height) {
		err = errors.Errorf("imagefolder: size of %s: got %d x %d pixels, want 1 to %d", path, header.Height, header.Width, maxPixels)
	}
	return header, err
}

// decode reads an image into bytes, channel by channel and row by row.
func (f format) decode(to []uint8, path string) error {
	var source image.Image
	if err := open(path, func(file *os.File) (kind string, err error) {
		source, kind, err = image.Decode(file)
		return kind, err
	}); err != nil {
		return err
	}
	picture := image.NewRGBA(image.Rect(0, 0, f.width, f.height))
	if source.Bounds().Size() == picture.Bounds().Size() {
		draw.Draw(picture, picture.Bounds(), source, source.Bounds().Min, draw.Src)
	} else {
		draw.BiLinear.Scale(picture, picture.Bounds(), source, source.Bounds(), draw.Src, nil)
	}
	size := f.height * f.width
	for i := range size {
		p := picture.Pix[4*i:][:3]
		if f.channels == 1 {
			to[i] = luminance(p)
			continue
		}
		to[i], to[size+i], to[2*size+i] = p[0], p[1], p[2]
	}
	return nil
}

// luminance is the brightness of red, green and blue (ITU-R BT.601). It is the common value of equal ones.
func luminance(p []uint8) uint8 {
	return uint8((299*int(p[0]) + 587*int(p[1]) + 114*int(p[2]) + 500) / 1000)
}

// open lets use read an image file. Its errors name the file.
func open(path string, use func(*os.File) (kind string, err error)) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() { // to open a named pipe would wait for its writer
		return errors.Errorf("imagefolder: %s: got no regular file, want an image", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return errors.Wrap(err, "imagefolder")
	}
	defer file.Close()
	kind, err := use(file)
	if err != nil {
		return errors.Wrapf(err, "imagefolder: broken image %s", path)
	}
	if kind != "png" && kind != "jpeg" { // another package has registered its format
		return errors.Errorf("imagefolder: format of %s: got %s, want PNG or JPEG (convert it)", path, kind)
	}
	return nil
}
