/// Pixels that are drawn on: rows from the top, origin at the top left.
struct Canvas {
    let width, height: Int
    /// `[height, width, 3]`, row-major.
    private(set) var pixels: [UInt8]

    /// A canvas of one colour.
    init(width: Int, height: Int, _ colour: Scene.Colour) {
        precondition(width >= 1 && height >= 1, "a canvas of \(width) x \(height) pixels")
        (self.width, self.height) = (width, height)
        pixels = []
        pixels.reserveCapacity(width * height * 3)
        for _ in 0..<width * height {
            pixels.append(colour.red)
            pixels.append(colour.green)
            pixels.append(colour.blue)
        }
    }

    /// What was drawn.
    var frame: Frame { Frame(width: width, height: height, pixels: pixels) }

    /// Covers what a mask says, by the share that it says.
    mutating func fill(_ mask: CoverageMask, _ colour: Scene.Colour) {
        var index = 0
        for row in mask.rows {
            var at = (row * width + mask.columns.lowerBound) * 3
            for _ in mask.columns {
                let share = mask.shares[index] * colour.opacity
                if share > 0 { cover(at, colour, share) }
                index += 1
                at += 3
            }
        }
    }

    private mutating func cover(_ at: Int, _ colour: Scene.Colour, _ share: Double) {
        if share >= 1 {
            (pixels[at], pixels[at + 1], pixels[at + 2]) = (colour.red, colour.green, colour.blue)
            return
        }
        func mixed(_ below: UInt8, _ above: UInt8) -> UInt8 {
            UInt8(Double(below) + (Double(above) - Double(below)) * share + 0.5)
        }
        pixels[at] = mixed(pixels[at], colour.red)
        pixels[at + 1] = mixed(pixels[at + 1], colour.green)
        pixels[at + 2] = mixed(pixels[at + 2], colour.blue)
    }

    /// Fills whole pixels; what lies outside the canvas is cut off.
    mutating func fill(x: Range<Int>, y: Range<Int>, _ colour: Scene.Colour) {
        for row in y.clamped(to: 0..<height) {
            for column in x.clamped(to: 0..<width) {
                cover((row * width + column) * 3, colour, colour.opacity)
            }
        }
    }

    /// Copies a picture, which must lie inside the canvas.
    mutating func place(_ frame: Frame, x: Int, y: Int) {
        precondition(
            x >= 0 && y >= 0 && x + frame.width <= width && y + frame.height <= height,
            "\(frame.width) x \(frame.height) pixels at \(x), \(y) on a canvas of \(width) x \(height)")
        for row in 0..<frame.height {
            let start = ((y + row) * width + x) * 3
            pixels.replaceSubrange(
                start..<start + frame.width * 3,
                with: frame.pixels[row * frame.width * 3..<(row + 1) * frame.width * 3])
        }
    }

    /// Writes a line of text, each pixel of the font `scale` pixels wide and high.
    ///
    /// - Parameters:
    ///   - text: in the characters of `BitmapFont`; others are drawn as empty boxes.
    ///   - x: left edge of the first character.
    ///   - y: upper edge of capital letters.
    ///   - scale: of a pixel of the font.
    ///   - colour: of the letters.
    mutating func write(_ text: String, x: Int, y: Int, scale: Int, _ colour: Scene.Colour) {
        var left = x
        for character in text {
            for (row, bits) in BitmapFont.rows(of: character).enumerated() {
                for column in 0..<BitmapFont.width where bits & (1 << (BitmapFont.width - 1 - column)) != 0 {
                    let (px, py) = (left + column * scale, y + row * scale)
                    fill(x: px..<px + scale, y: py..<py + scale, colour)
                }
            }
            left += (BitmapFont.width + 1) * scale
        }
    }
}
