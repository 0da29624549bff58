import CKernels
import Foundation

/// How products with many rows are computed.
package enum ProductMethod: String, Sendable {
    /// Tiles of 14 rows and 32 columns in registers of 16 floats; the second factor is arranged once and read by all threads. 3 to
    /// 13 % faster than the library in a training step, which arranges both factors for every part.
    case tiles = "avx512"
    /// Tiles of 6 rows and 16 columns in registers of 8 floats.
    case narrowTiles = "avx2"
    /// The matrix library, one thread for each part of the rows.
    case library
    /// Tiles of factors rounded to bf16 with sums in single precision: twice the rate, and other results. Products of 32 rows or
    /// fewer, and of fewer than 16 columns, stay in single precision.
    case bf16

    /// The widest tiles that the processor has registers for, or what `SAFERL_PRODUCTS` names, for measurements and tests.
    ///
    /// A name that does not exist, or that this processor cannot do, ends the program: figures of another way would pass for
    /// those of this one.
    package static let best: ProductMethod = {
        guard let name = getenv("SAFERL_PRODUCTS").map({ String(cString: $0) }), !name.isEmpty else {
            return available[available.count - 1]
        }
        guard let method = ProductMethod(rawValue: name), choices.contains(method) else {
            let names = choices.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            let reason =
                name == Self.bf16.rawValue
                ? "is \"bf16\", which needs the instructions of AVX512_BF16: without them rounding makes products slower, not faster"
                : "is \"\(name)\""
            let message = "saferl: SAFERL_PRODUCTS \(reason); this processor does \(names)\n"
            FileHandle.standardError.write(Data(message.utf8))
            exit(78)
        }
        return method
    }()

    /// What this processor can do in single precision, the fastest last.
    package static let available: [ProductMethod] =
        switch ck_vector_level() {
        case 3: [.library, .narrowTiles, .tiles]
        case 2: [.library, .narrowTiles]
        default: [.library]
        }

    /// What this processor can do, of any precision.
    package static let choices = available + (ck_has_bf16() != 0 ? [.bf16] : [])

    /// Whether products of many rows are computed in tiles, whose elements do not depend on the rows beside them.
    package var hasTiles: Bool { self != .library }

    /// Columns of a weight whose gradient is computed in tiles; with more the library is up to 6 % faster than the narrow ones.
    var transposedTiles: ClosedRange<Int> {
        switch self {
        case .tiles, .bf16: SecondFactor.narrowest...Int.max
        case .narrowTiles: SecondFactor.narrowest...512
        case .library: Int.max...Int.max
        }
    }

    /// Whether a product of few rows and so many columns has a form of its own, which reads the second factor in place.
    func hasSmallProduct(_ columns: Int) -> Bool {
        switch self {
        case .narrowTiles: columns > 0 && columns.isMultiple(of: 16)
        case .tiles, .library, .bf16: columns.isMultiple(of: 32) && BLAS.hasWideVectors
        }
    }

    /// Whether panels give a product of few rows the elements that it has without.
    func keepsFew(_ columns: Int) -> Bool { self != .bf16 && hasSmallProduct(columns) }

    /// Arranges some panels of a factor.
    func arrange(_ factor: SecondFactor, _ panels: Range<Int>) {
        let arrange =
            switch self {
            case .narrowTiles: ck_narrow_arrange
            case .bf16: ck_bf16_arrange
            case .tiles, .library: ck_arrange_panels
            }
        arrange(
            factor.values, factor.isTransposed ? factor.inner : factor.columns, factor.isTransposed ? 1 : 0,
            factor.panels, factor.inner, factor.columns, panels.lowerBound, panels.upperBound)
    }

    /// c (+)= a·b for arranged b, on the calling thread.
    func multiply(
        _ a: UnsafePointer<Float>, _ panels: UnsafeMutablePointer<Float>, _ factor: SecondFactor, rows: Int,
        into c: UnsafeMutablePointer<Float>, accumulate: Bool
    ) {
        let multiply =
            switch self {
            case .narrowTiles: ck_narrow_multiply
            case .bf16: ck_bf16_multiply
            case .tiles, .library: ck_multiply_panels
            }
        multiply(
            a, factor.inner, panels, c, factor.columns, rows, factor.columns, factor.inner, accumulate ? 1 : 0
        )
    }

    /// The product of the gradient of a weight, on the calling thread.
    var multiplyTransposed: TransposedTiles {
        switch self {
        case .narrowTiles: ck_narrow_multiply_transposed
        case .bf16: ck_bf16_multiply_transposed
        case .tiles, .library: ck_multiply_transposed
        }
    }
}

/// The signature of `ck_multiply_transposed`.
typealias TransposedTiles =
    @convention(c) (
        UnsafePointer<Float>?, Int, UnsafePointer<Float>?, Int, UnsafeMutablePointer<Float>?, Int, Int, Int,
        Int, Int32, UnsafeMutablePointer<Float>?
    ) -> Void
