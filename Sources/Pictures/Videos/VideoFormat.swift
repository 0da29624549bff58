/// What kind of file a video is.
public enum VideoFormat: String, Sendable, CaseIterable {
    /// An animated GIF: 256 colours a picture, shown everywhere.
    case gif
    /// An animated PNG: exact colours, shown by browsers; others show the first picture.
    case png
    /// H.264 in MP4, written by the program `ffmpeg`.
    case mp4

    /// The format that the ending of a path says, in small or capital letters; nothing for others.
    public init?(ofPath path: String) {
        guard let format = Self.allCases.first(where: { path.lowercased().hasSuffix("." + $0.rawValue) })
        else {
            return nil
        }
        self = format
    }

    /// Pictures a second; a GIF cannot be faster everywhere, and nobody sees more.
    public static let rates = 1...50
    /// The rate of tasks that say none.
    public static let standardRate = 25
}
