/// A picture: rows from the top, pixels from the left, red, green and blue from 0 to 255.
public struct Frame: Sendable, Equatable {
    /// Pixels in a row and number of rows.
    public let width, height: Int
    /// `[height, width, 3]`, row-major.
    public let pixels: [UInt8]

    /// Makes a picture of three bytes a pixel.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(
            pixels.count == width * height * 3, "\(pixels.count) bytes for \(width) x \(height) pixels")
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }
}
