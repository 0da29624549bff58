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

    /// What tapes compute products by that nobody chose another way for: `best`, but for what `Precision.during` does.
    @TaskLocal package static var current = ProductMethod.best

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
}
