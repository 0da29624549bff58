/// How an episode ended, recorded or run.
public enum EpisodeEnd: String, Codable, Sendable {
    /// By itself: the goal was reached, a fall, a crash. No future follows.
    case terminated
    /// By a limit that cut it: a future would have followed.
    case truncated
}
