import Glibc
import Storage

/// Why a video was not made, and what to do.
public enum VideoError: Fault, Equatable {
    /// The environment draws no pictures; `other` is the name of one that does, for the same task.
    case noPictures(environment: String, other: String?)
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
                    ?? "Leave --video away, or give the environment a scene.")
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
