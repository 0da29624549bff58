/// What a network is taken to compute.
public enum Semantics: String, Sendable, Codable, CaseIterable {
    /// The stored numbers, over the reals.
    case real
    /// What kernels in single precision compute, in any order of summation and with or without fused multiply-add.
    case float32
}
