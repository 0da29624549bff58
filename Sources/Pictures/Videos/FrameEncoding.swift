/// What turns pictures of one size into a file.
package protocol FrameEncoding {
    /// Takes the next picture.
    ///
    /// - Parameters:
    ///   - frame: of the size that the encoder was made for.
    ///   - duration: how long it is shown, in units of the video's rate; at least 1.
    /// - Throws: `StorageError` or `FilmError`.
    mutating func append(_ frame: Frame, lasting duration: Int) throws
    /// Writes what follows the last picture.
    ///
    /// - Throws: `StorageError` or `FilmError`.
    mutating func end() throws
}

/// The part of a picture that differs from the one before.
struct FrameChange {
    /// The smallest rectangle that holds every changed pixel; one pixel where nothing changed.
    let columns, rows: Range<Int>
    private let old: [UInt8]?
    private let frame: Frame

    /// Compares two pictures of one size; without an old one everything counts as changed.
    init(from old: Frame?, to frame: Frame) {
        self.frame = frame
        guard let old else {
            (self.old, columns, rows) = (nil, 0..<frame.width, 0..<frame.height)
            return
        }
        precondition(
            (old.width, old.height) == (frame.width, frame.height),
            "\(frame.width) x \(frame.height) pixels after \(old.width) x \(old.height)")
        self.old = old.pixels
        var (left, right, top, bottom) = (frame.width, 0, frame.height, 0)
        let line = frame.width * 3
        for row in 0..<frame.height {
            let (start, end) = (row * line, (row + 1) * line)
            guard let first = (start..<end).first(where: { old.pixels[$0] != frame.pixels[$0] }),
                let last = (start..<end).last(where: { old.pixels[$0] != frame.pixels[$0] })
            else { continue }
            (left, right) = (min(left, (first - start) / 3), max(right, (last - start) / 3 + 1))
            (top, bottom) = (min(top, row), row + 1)
        }
        (columns, rows) = left < right ? (left..<right, top..<bottom) : (0..<1, 0..<1)
    }

    /// Calls for every pixel of the rectangle, row by row: its colour, or nothing where it did not change.
    func forEachPixel(_ body: (_ colour: UInt32?) -> Void) {
        for row in rows {
            for column in columns {
                let at = (row * frame.width + column) * 3
                let (red, green, blue) = (frame.pixels[at], frame.pixels[at + 1], frame.pixels[at + 2])
                if let old, old[at] == red && old[at + 1] == green && old[at + 2] == blue {
                    body(nil)
                } else {
                    body(UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue))
                }
            }
        }
    }
}
