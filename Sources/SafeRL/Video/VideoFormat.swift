import Glibc

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

/// Why a video was not made, and what to do.
public enum VideoError: Fault, Equatable {
    /// The environment draws no pictures; `other` is the name of one that does, for the same task.
    case noPictures(environment: String, other: String?)
    /// The program that writes MP4 is not installed.
    case noFfmpeg(path: String)
    /// It is installed, but can write no kind of video that belongs into an MP4 file.
    case noEncoder(path: String)
    /// It did not do what it was asked.
    case ffmpegFailed(path: String, reason: String)
    /// More episodes than the evaluation has.
    case tooManyEpisodes(Int, evaluated: Int)
    /// Played again, an episode took another course than the evaluated one.
    case otherCourse(environment: String, episode: Int, step: Int)
    /// The environment's pictures are not all of one size.
    case otherSize(environment: String, episode: Int, step: Int)
    /// A signal asked for an end.
    case stopped(path: String, signal: Int32)

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .noPictures: .configuration
        case .noFfmpeg, .noEncoder: .missingInput
        case .ffmpegFailed: .inputOutput
        case .tooManyEpisodes: .usage
        case .otherCourse, .otherSize: .internalFault
        case .stopped(_, SIGINT): .interrupted
        case .stopped: .terminated
        }
    }

    /// One sentence: place, cause, remedy.
    public var description: String {
        switch self {
        case .noPictures(let environment, let other):
            "\(oneLine(environment)): draws no pictures. "
                + (other.map { "The same task with pictures: --environment \(oneLine($0))." }
                    ?? "Leave --video away, or make the environment a DrawableEnvironment.")
        case .noFfmpeg(let path):
            "\(oneLine(path)): there is no ffmpeg to write it. Install ffmpeg (Debian: apt-get install ffmpeg), or write a "
                + ".gif or .png."
        case .noEncoder(let path):
            "\(oneLine(path)): the ffmpeg that is installed writes neither H.264 nor MPEG-4. Install another, or write a "
                + ".gif or .png."
        case .ffmpegFailed(let path, let reason):
            "\(oneLine(path)): ffmpeg \(oneLine(reason)). Nothing was written; try a .gif or .png."
        case .tooManyEpisodes(let count, let evaluated):
            "--video-episodes \(count): only \(evaluated) \(evaluated == 1 ? "is" : "are") evaluated. Evaluate more with "
                + "--episodes, or show fewer."
        case .otherCourse(let environment, let episode, let step):
            "\(oneLine(environment)): episode \(episode), step \(step): drawn, the episode takes another course than the "
                + "evaluated one with equal seed and actions, so the video would show something else. Nothing was "
                + "written; look with \"saferl env check\", and leave \"reset=reuse\" away."
        case .otherSize(let environment, let episode, let step):
            "\(oneLine(environment)): episode \(episode), step \(step): its pictures change their size. Nothing was written."
        case .stopped(let path, _): "\(oneLine(path)): stopped before it was complete. Nothing was written."
        }
    }
}
