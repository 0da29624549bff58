/// What is known of one node over a box: bounds, lines and the coefficients that a backward pass sends to it.
final class NodeState {
    let width: Int
    /// Ends of the interval of each number, and the larger of their magnitudes.
    let low, high, magnitude: UnsafeMutablePointer<Double>
    /// Lines of an activation or a normalisation; of any node, the rounding per unit of coefficient.
    let lines: Lines
    /// The numbers that are not always zero, and how many.
    let live: UnsafeMutablePointer<Int>
    var liveCount = 0
    /// Affine functions of the input below and above each number: `[inputs + 1, width]`, the constant last.
    let lowerForm, upperForm: UnsafeMutablePointer<Double>
    /// Weights between what is live, `[live, live of the input]`, and the offsets of what is live.
    let packed, packedBias: UnsafeMutablePointer<Double>
    /// Coefficients of rows that are bounded, `[rows, live]`, and whether there are any.
    let coefficients: UnsafeMutablePointer<Double>
    var isReached = false
    private let block: UnsafeMutablePointer<Double>

    /// Memory for a node.
    ///
    /// - Parameters:
    ///   - width: numbers.
    ///   - inputs: numbers of the network's input.
    ///   - rows: rows that are bounded at once.
    ///   - weights: numbers of a matrix.
    init(width: Int, inputs: Int, rows: Int, weights: Int) {
        self.width = width
        let form = (inputs + 1) * width
        let total = 9 * width + 2 * form + weights + rows * width
        block = .allocate(capacity: total)
        block.initialize(repeating: 0, count: total)
        var at = block
        func take(_ count: Int) -> UnsafeMutablePointer<Double> {
            defer { at += count }
            return at
        }
        (low, high, magnitude) = (take(width), take(width), take(width))
        lines = Lines(
            lowerSlope: take(width), upperSlope: take(width), lowerOffset: take(width),
            upperOffset: take(width), unit: take(width))
        (lowerForm, upperForm) = (take(form), take(form))
        (packed, packedBias) = (take(weights), take(width))
        coefficients = take(rows * width)
        live = .allocate(capacity: width)
        for i in 0..<width { live[i] = i }
        liveCount = width
    }

    deinit {
        block.deallocate()
        live.deallocate()
    }

    /// Sets the bounds of a number; what is not a number is unbounded.
    func set(_ i: Int, _ bounds: ClosedInterval) {
        low[i] = bounds.low.isNaN ? -.infinity : bounds.low
        high[i] = bounds.high.isNaN ? .infinity : bounds.high
        magnitude[i] = max(abs(low[i]), abs(high[i]))
    }

    /// Narrows the bounds of a number.
    func narrow(_ i: Int, _ bounds: ClosedInterval) {
        if bounds.low > low[i] { low[i] = bounds.low }
        if bounds.high < high[i] { high[i] = bounds.high }
        // Bounds are sound, so that they meet; rounding of ends that coincide may cross them by an ulp.
        if low[i] > high[i] { (low[i], high[i]) = (high[i], low[i]) }
        magnitude[i] = max(abs(low[i]), abs(high[i]))
    }
}
