/// What is done about a fault of an algorithm's released code that its published numbers come from.
public enum CodeFault: String, Codable, Sendable, CaseIterable {
    /// Followed, as in the released code.
    case published
    /// Mended, as the method's paper has it.
    case corrected
}
