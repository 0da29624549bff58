import CKernels

/// What follows the product and the bias of a linear layer.
public enum Activation: String, Codable, Sendable, CaseIterable {
    /// Nothing.
    case identity
    /// max(x, 0).
    case relu
    /// Hyperbolic tangent.
    case tanh
    /// x·tanh(ln(1 + eˣ)).
    case mish
    /// x / (1 + e⁻ˣ).
    case silu
    /// x·Φ(x), by the error function.
    case gelu

    /// Whether the derivative is kept by the forward pass; for the others the result suffices.
    var keepsDerivative: Bool { self == .mish || self == .silu || self == .gelu }

    // Nodes hold plain numbers, and `allCases` would allocate.
    var code: Int32 {
        switch self {
        case .identity: 0
        case .relu: 1
        case .tanh: 2
        case .mish: 3
        case .silu: 4
        case .gelu: 5
        }
    }

    init(code: Int32) {
        switch code {
        case 1: self = .relu
        case 2: self = .tanh
        case 3: self = .mish
        case 4: self = .silu
        case 5: self = .gelu
        default: self = .identity
        }
    }

    var kernel: ck_function? {
        switch self {
        case .identity: nil
        case .relu: CK_RELU
        case .tanh: CK_TANH
        case .mish: CK_MISH
        case .silu: CK_SILU
        case .gelu: CK_GELU
        }
    }
}

extension Activation {
    /// dy ⊙ f', from the result or, for mish, silu and gelu, from the derivative that the forward pass kept.
    func multiplyDerivative(
        into dy: UnsafeMutablePointer<Float>, result: UnsafeMutablePointer<Float>,
        kept: UnsafeMutablePointer<Float>?,
        _ count: Int
    ) {
        switch self {
        case .identity: break
        case .relu: ck_mask_positive(result, dy, count)
        case .tanh: ck_tanh_gradient_in_place(result, dy, count)
        case .mish, .silu, .gelu: if let kept { ck_product(kept, dy, dy, count, 0) }
        }
    }
}
