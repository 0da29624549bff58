/// Lines below and above a function on an interval, and the range of its values there.
package struct Relaxation: Sendable {
    /// The line below: slope and offset.
    package var lowerSlope, lowerOffset: Double
    /// The line above.
    package var upperSlope, upperOffset: Double
    /// A range that contains all values.
    package var range: ClosedInterval

    /// Lines of a slope, moved apart.
    private init(slope: Double, _ offsets: ClosedInterval, range: ClosedInterval) {
        (lowerSlope, upperSlope) = (slope, slope)
        (lowerOffset, upperOffset) = (offsets.low, offsets.high)
        self.range = range
    }

    /// Bounds a function on an interval.
    ///
    /// - Parameters:
    ///   - function: which.
    ///   - input: where; finite.
    ///   - semantics: `float32` adds what the kernel may differ.
    package init(_ function: ActivationFunction, on input: ClosedInterval, _ semantics: Semantics) {
        guard input.low.isFinite && input.high.isFinite else {
            let all = ClosedInterval(-.infinity, .infinity)
            self.init(slope: 0, all, range: all)
            return
        }
        if function == .relu {
            self.init(rectifying: input)
            return
        }
        let range = Self.range(of: function, on: input)
        // Below this width the secant is noise, and the derivative's bound says more.
        if input.width < 0x1p-20 {
            self.init(slope: 0, range, range: range)
        } else {
            let slope = (function.value(input.high) - function.value(input.low)) / input.width
            self.init(slope: slope, Self.offsets(of: function, slope: slope, on: input), range: range)
        }
        guard semantics == .float32 else { return }
        let error = function.kernelError
        let most = error.relative * max(abs(range.low), abs(range.high)) * (1 + 0x1p-20) + error.absolute
        lowerOffset = (lowerOffset - most).nextDown
        upperOffset = (upperOffset + most).nextUp
        self.range = ClosedInterval((range.low - most).nextDown, (range.high + most).nextUp)
    }

    /// max(x, 0) with its adaptive lower line.
    private init(rectifying x: ClosedInterval) {
        if x.low >= 0 {
            self.init(slope: 1, ClosedInterval(0, 0), range: x)
        } else if x.high <= 0 {
            self.init(slope: 0, ClosedInterval(0, 0), range: ClosedInterval(0, 0))
        } else {
            let slope = x.high / (x.high - x.low)
            // The function is convex: a line above both ends is above everything between.
            let margin = 0x1p-50 * (abs(slope * x.low) + x.high)
            let offset = max(-slope * x.low, x.high - slope * x.high) + margin
            self.init(slope: slope, ClosedInterval(0, offset), range: ClosedInterval(0, x.high))
            lowerSlope = x.high > -x.low ? 1 : 0
        }
    }

    /// Lines of s·v in v for any s of an interval.
    package init(scaling v: ClosedInterval, by s: ClosedInterval) {
        guard v.low.isFinite && v.high.isFinite else {
            let all = ClosedInterval(-.infinity, .infinity)
            self.init(slope: 0, all, range: all)
            return
        }
        let margin = 0x1p-49 * max(abs(v.low), abs(v.high)) * max(abs(s.low), abs(s.high)) + Rounding.tiny
        let products = [v.low * s.low, v.low * s.high, v.high * s.low, v.high * s.high]
        let (low, high) = ((products.min() ?? 0) - margin, (products.max() ?? 0) + margin)
        self.init(slope: s.low, ClosedInterval(0, 0), range: ClosedInterval(low, high))
        if v.low >= 0 {
            (lowerSlope, upperSlope) = (s.low, s.high)
        } else if v.high <= 0 {
            (lowerSlope, upperSlope) = (s.high, s.low)
        } else {
            // The least is concave in v and the greatest convex: a chord through both ends bounds each.
            lowerSlope = (s.low * v.high - s.high * v.low) / v.width
            upperSlope = (s.high * v.high - s.low * v.low) / v.width
            lowerOffset =
                min(s.high * v.low - lowerSlope * v.low, s.low * v.high - lowerSlope * v.high) - margin
            upperOffset =
                max(s.low * v.low - upperSlope * v.low, s.high * v.high - upperSlope * v.high) + margin
        }
    }

    /// All values of the derivative on an interval; at a kink all between both sides.
    package static func slopes(of function: ActivationFunction, on x: ClosedInterval) -> ClosedInterval {
        if function == .relu { return ClosedInterval(x.low > 0 ? 1 : 0, x.high >= 0 ? 1 : 0) }
        guard x.low.isFinite && x.high.isFinite else {
            return ClosedInterval(-function.steepest, function.steepest)
        }
        let places = [x.low] + function.inflections.filter(x.contains) + [x.high]
        let slopes = places.map(function.slope)
        return ClosedInterval((slopes.min() ?? 0) - 0x1p-44, (slopes.max() ?? 0) + 0x1p-44)
    }

    /// All values of a smooth function on an interval.
    package static func range(of function: ActivationFunction, on x: ClosedInterval) -> ClosedInterval {
        if x.width < 0x1p-20 {
            let middle = x.low + x.width / 2
            let value = function.value(middle)
            let most = x.width * function.steepest + margin(value, function)
            return ClosedInterval(value - most, value + most)
        }
        let ends = [function.value(x.low), function.value(x.high)]
        let (low, high) = (min(ends[0], ends[1]), max(ends[0], ends[1]))
        var result = ClosedInterval(low - margin(low, function), high + margin(high, function))
        if let minimum = function.minimum, x.contains(minimum.at) {
            result = ClosedInterval(min(result.low, minimum.below), result.high)
        }
        return result
    }

    private static func margin(_ value: Double, _ function: ActivationFunction) -> Double {
        abs(value) * ActivationFunction.relativeError + function.absoluteError + Rounding.tiny
    }

    /// The least and the largest f(x) − slope·x on an interval, outwards.
    ///
    /// The derivative is monotone between inflections, so each piece has one extremum inside at most; it is enclosed by bisection,
    /// and what f(x) − slope·x may do within the bracket is bounded by the slopes at its ends.
    package static func offsets(of function: ActivationFunction, slope: Double, on x: ClosedInterval)
        -> ClosedInterval
    {
        var (low, high) = (Double.infinity, -Double.infinity)
        func include(_ at: Double, slack: Double) {
            let (value, line) = (function.value(at), slope * at)
            let most =
                slack + 0x1p-50 * (abs(value) + abs(line)) + function.absoluteError + Rounding.tiny
            low = min(low, value - line - most)
            high = max(high, value - line + most)
        }
        let cuts = [x.low] + function.inflections.filter { x.low < $0 && $0 < x.high } + [x.high]
        // The inflections are rounded and slopes computed: the derivative may turn by this much where none is seen.
        let unseen = x.width * 0x1p-44
        for cut in cuts { include(cut, slack: unseen) }
        let tolerance = 0x1p-30 * max(1, abs(x.low), abs(x.high))
        for (start, end) in zip(cuts, cuts.dropFirst()) {
            var (a, b) = (start, end)
            let rises = function.slope(a) < slope
            guard rises != (function.slope(b) < slope) else { continue }
            while b - a > tolerance {
                let middle = a + (b - a) / 2
                if (function.slope(middle) < slope) == rises { a = middle } else { b = middle }
            }
            let steepest = max(abs(function.slope(a) - slope), abs(function.slope(b) - slope)) + 0x1p-44
            include(a, slack: (b - a) * steepest)
        }
        return ClosedInterval(low, high)
    }
}
