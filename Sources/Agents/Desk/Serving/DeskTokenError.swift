import Storage

/// A tokenizer that the desk cannot use.
public struct DeskTokenError: Fault, Equatable {
    /// The checkpoint's, which holds the tokenizer.
    public var kind: FaultKind { .badData }
    /// One sentence.
    public let description =
        "the tokenizer has no token \"</s>\", which ends what an agent writes. Train the run again."
}
