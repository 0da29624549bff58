import Storage

/// Why the program `ffmpeg` wrote no film, and what to do.
public enum FilmError: Fault, Equatable {
    /// It is not installed.
    case noFfmpeg(path: String)
    /// It is installed, but can write no kind of video that belongs into an MP4 file.
    case noEncoder(path: String)
    /// It did not do what it was asked.
    case ffmpegFailed(path: String, reason: String)

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .noFfmpeg, .noEncoder: .missingInput
        case .ffmpegFailed: .inputOutput
        }
    }

    /// One sentence: place, cause, remedy.
    public var description: String {
        switch self {
        case .noFfmpeg(let path):
            "\(oneLine(path)): there is no ffmpeg to write it. Install ffmpeg (Debian: apt-get install ffmpeg), or write a "
                + ".gif or .png."
        case .noEncoder(let path):
            "\(oneLine(path)): the ffmpeg that is installed writes neither H.264 nor MPEG-4. Install another, or write a "
                + ".gif or .png."
        case .ffmpegFailed(let path, let reason):
            "\(oneLine(path)): ffmpeg \(oneLine(reason)). Nothing was written; try a .gif or .png."
        }
    }
}
