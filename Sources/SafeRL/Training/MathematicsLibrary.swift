import Glibc
import Storage
import Tensors

extension RunManifest {
    /// The C library's mathematical functions, which choose their code by the processor: equal bits need equal ones.
    public struct Mathematics: Codable, Equatable, Sendable {
        /// Name and version, such as `glibc 2.36`.
        public var library: String
        /// What the processor offers, such as `x86-64-v4`.
        public var level: String
        /// SHA-256 of the functions' values at fixed places, in hexadecimal.
        public var values: String

        private enum CodingKeys: String, CodingKey {
            case library, level
            case values = "values_sha256"
        }

        /// Describes them.
        public init(library: String, level: String, values: String) {
            (self.library, self.level, self.values) = (library, level, values)
        }

        /// Those of this process.
        public static let here = Mathematics(
            library: version(), level: BLAS.processorLevel,
            values: digest())

        /// `glibc 2.36 on x86-64-v4`.
        var name: String { "\(library) on \(level)" }

        private static func version() -> String {
            var text = [CChar](repeating: 0, count: 64)
            let count = confstr(Int32(_CS_GNU_LIBC_VERSION), &text, text.count)
            guard count > 0 else { return "an unknown C library" }
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        private static func digest() -> String {
            var bits: [UInt64] = []
            for step in 1...512 {
                // Places all over the range in which training asks, none of them a round number.
                let x = Double(step) / 23.7 - 10.9
                let above = exp(x / 2)
                let values = [exp(x), log(above), sin(x), cos(x), tanh(x), pow(above, 0.7)]
                let others = [log1p(above), expm1(x / 4), erf(x / 3), lgamma(above)]
                bits += (values + others).map(\.bitPattern)
                let (y, over) = (Float(x), Float(above))
                let singles = [expf(y), logf(over), sinf(y), cosf(y), tanhf(y), powf(over, 0.7)]
                bits += singles.map { UInt64($0.bitPattern) }
            }
            return SHA256.hexadecimal(of: bits.map(\.littleEndian).withUnsafeBytes(Array.init))
        }
    }
}
