/// A number that is affine in the action and in what models may err by: constant + Σ coefficient · action ± errors.
struct LinearForm: Sendable {
    var constant: Double
    var coefficients = ActionVector(repeating: 0)
    /// Of each model's error, times its bound; those of models beyond the sixteenth are in `spread`.
    var errors = ActionVector(repeating: 0)
    /// What else it may be off by, at least 0.
    var spread = 0.0
    /// What was added up to give the constant, in absolute value.
    var magnitude: Double

    init(_ constant: Double) { (self.constant, magnitude) = (constant, abs(constant)) }

    /// The most that it can be above its value without errors.
    var worst: Double { errors.magnitudes.sum() + spread }

    static prefix func - (a: LinearForm) -> LinearForm { -1 * a }

    static func + (a: LinearForm, b: LinearForm) -> LinearForm {
        var sum = a
        sum.constant += b.constant
        sum.coefficients += b.coefficients
        sum.errors += b.errors
        sum.spread += b.spread
        sum.magnitude += b.magnitude
        return sum
    }

    static func * (factor: Double, a: LinearForm) -> LinearForm {
        var product = a
        product.constant *= factor
        product.coefficients *= factor
        product.errors *= factor
        product.spread *= abs(factor)
        product.magnitude *= abs(factor)
        return product
    }
}

/// A number that is a sum of an affine one and of pieces: maxima of such numbers, amounts that are there if a formula holds, and
/// what is curved.
struct PiecewiseForm: Sendable {
    /// A part of the sum.
    ///
    /// Curved pieces lie elsewhere, because a list of pieces is copied more often than they are looked into.
    enum Piece: Sendable {
        /// The factor times the largest.
        case largest([PiecewiseForm], factor: Double)
        /// The amount where a node's truth is as wanted, else 0.
        case amount(Double, ofNode: Int, wanted: Bool)
        /// The factor times a square.
        indirect case square(LinearForm, factor: Double)
        /// The factor times a product.
        indirect case product(LinearForm, LinearForm, factor: Double)
        /// The factor times a norm.
        case norm([LinearForm], factor: Double)

        /// Whether it is no choice between affine numbers.
        var isCurved: Bool {
            switch self {
            case .largest, .amount: false
            case .square, .product, .norm: true
            }
        }
    }

    var linear: LinearForm
    var pieces: [Piece] = []

    init(_ linear: LinearForm, _ pieces: [Piece] = []) { (self.linear, self.pieces) = (linear, pieces) }
    init(_ constant: Double) { linear = LinearForm(constant) }

    /// The affine number that it is; nothing where it has pieces.
    var linearAlone: LinearForm? { pieces.isEmpty ? linear : nil }

    static prefix func - (a: PiecewiseForm) -> PiecewiseForm { -1 * a }

    static func + (a: PiecewiseForm, b: PiecewiseForm) -> PiecewiseForm {
        PiecewiseForm(a.linear + b.linear, a.pieces + b.pieces)
    }

    static func * (factor: Double, a: PiecewiseForm) -> PiecewiseForm {
        PiecewiseForm(
            factor * a.linear,
            a.pieces.map { piece in
                switch piece {
                case .largest(let forms, let own): .largest(forms, factor: factor * own)
                case .amount(let amount, let node, let wanted):
                    .amount(factor * amount, ofNode: node, wanted: wanted)
                case .square(let form, let own): .square(form, factor: factor * own)
                case .product(let left, let right, let own): .product(left, right, factor: factor * own)
                case .norm(let forms, let own): .norm(forms, factor: factor * own)
                }
            })
    }

    /// The largest of several.
    static func largest(_ forms: [PiecewiseForm]) -> PiecewiseForm {
        forms.count == 1 ? forms[0] : PiecewiseForm(LinearForm(0), [.largest(forms, factor: 1)])
    }

    /// The smallest of several.
    static func smallest(_ forms: [PiecewiseForm]) -> PiecewiseForm { -largest(forms.map { -$0 }) }
}
