/// Loops over numbers in double precision, with sums in four lanes: error bounds that hold for any order apply.
enum Kernels {
    /// Σ a·b.
    static func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
        var sums = SIMD4<Double>.zero
        var more = SIMD4<Double>.zero
        var i = 0
        while i &+ 8 <= count {
            sums += load(a + i) * load(b + i)
            more += load(a + (i &+ 4)) * load(b + (i &+ 4))
            i &+= 8
        }
        var rest = 0.0
        while i < count {
            rest += a[i] * b[i]
            i &+= 1
        }
        return (sums + more).sum() + rest
    }

    /// Σ |a·b|.
    static func dotOfMagnitudes(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int)
        -> Double
    {
        var sums = SIMD4<Double>.zero
        var i = 0
        while i &+ 4 <= count {
            sums += magnitude(load(a + i) * load(b + i))
            i &+= 4
        }
        var rest = 0.0
        while i < count {
            rest += abs(a[i] * b[i])
            i &+= 1
        }
        return sums.sum() + rest
    }

    /// Four numbers that lie side by side.
    @inline(__always)
    static func load(_ p: UnsafePointer<Double>) -> SIMD4<Double> {
        UnsafeRawPointer(p).loadUnaligned(as: SIMD4<Double>.self)
    }

    /// Writes four numbers side by side.
    @inline(__always)
    static func store(_ value: SIMD4<Double>, _ p: UnsafeMutablePointer<Double>) {
        UnsafeMutableRawPointer(p).storeBytes(of: value, as: SIMD4<Double>.self)
    }

    /// |a|, lane by lane.
    @inline(__always)
    static func magnitude(_ a: SIMD4<Double>) -> SIMD4<Double> {
        let bits = unsafeBitCast(a, to: SIMD4<UInt64>.self) & SIMD4(repeating: 0x7fff_ffff_ffff_ffff)
        return unsafeBitCast(bits, to: SIMD4<Double>.self)
    }

    /// Sends coefficients back through lines that bound a function, for lower bounds: those that are not negative take the
    /// lower line, the others the upper one.
    ///
    /// - Parameters:
    ///   - a: coefficients, `count` of them.
    ///   - lines: the lines, in the same order.
    ///   - sent: receives the coefficients of what the function reads.
    ///   - count: how many.
    /// - Returns: what the lines' offsets add, its sum of magnitudes, and what rounding may add.
    static func relax(
        _ a: UnsafePointer<Double>, _ lines: Lines, _ sent: UnsafeMutablePointer<Double>, _ count: Int
    ) -> (constant: Double, magnitude: Double, error: Double) {
        var constants = SIMD4<Double>.zero
        var magnitudes = SIMD4<Double>.zero
        var errors = SIMD4<Double>.zero
        var i = 0
        while i &+ 4 <= count {
            let x = load(a + i)
            let isLower = x .>= .zero
            let slope = load(lines.upperSlope + i).replacing(with: load(lines.lowerSlope + i), where: isLower)
            let offset = load(lines.upperOffset + i).replacing(
                with: load(lines.lowerOffset + i), where: isLower)
            store(x * slope, sent + i)
            let term = x * offset
            constants += term
            magnitudes += magnitude(term)
            errors += magnitude(x) * load(lines.unit + i)
            i &+= 4
        }
        var (constant, total, error) = (constants.sum(), magnitudes.sum(), errors.sum())
        while i < count {
            let isLower = a[i] >= 0
            sent[i] = a[i] * (isLower ? lines.lowerSlope[i] : lines.upperSlope[i])
            let term = a[i] * (isLower ? lines.lowerOffset[i] : lines.upperOffset[i])
            constant += term
            total += abs(term)
            error += abs(a[i]) * lines.unit[i]
            i &+= 1
        }
        return (constant, total, error)
    }
}

/// Lines below and above functions of one number, one pair each, and what rounding may add per unit of coefficient.
struct Lines {
    let lowerSlope, upperSlope, lowerOffset, upperOffset, unit: UnsafeMutablePointer<Double>
}
