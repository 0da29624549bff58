import Tensors

/// The denoiser ẑ_θ(s, x, t): residual blocks over action, observation and a learned code of the time step.
///
/// Each block adds `Dense(mish(Dense(LayerNorm(dropout(x)))))` to its input; dropout acts on the branch only.
///
/// - SeeAlso: FISOR specification, section 4.2; Hansen-Estruch et al. 2023, arXiv:2304.10573.
public struct ScoreNetwork: Sendable {
    /// Sizes of a score network.
    public struct Sizes: Sendable, Equatable {
        /// Floats in an observation.
        public var observation: Int
        /// Floats in an action.
        public var action: Int
        /// Diffusion steps T.
        public var steps: Int
        /// Width of the residual stream.
        public var width = 256
        /// Width inside a block, as a multiple of `width`.
        public var expansion = 4
        /// Number of residual blocks.
        public var blocks = 3
        /// Fourier features of the time step: half cosines, half sines.
        public var timeFeatures = 64
        /// Widths of the time encoder's layers.
        public var timeWidths = [128, 128]

        /// The published sizes.
        public init(observation: Int, action: Int, steps: Int) {
            (self.observation, self.action, self.steps) = (observation, action, steps)
        }
    }

    /// A residual block.
    package struct Block: Sendable {
        /// Of the stream, in front of the branch.
        package let norm: LayerNorm
        /// The branch.
        package let up, down: Linear
    }

    /// The sizes.
    public let sizes: Sizes
    private let frequencies: Parameter
    private let timeHidden: [Linear]
    private let timeOut: Linear
    /// The first layer, of an action, an observation and a code behind each other, and the last.
    package let input, output: Linear
    /// The residual blocks.
    package let blocks: [Block]
    /// Columns of the code of a time step.
    package var codeSize: Int { timeOut.weight.shape.columns }

    /// Adds the parameters to a layout: `time.kernel`, `cond.l0` …, `in`, `block0.ln`, `block0.l0`, `block0.l1` …, `out`.
    public init(_ sizes: Sizes, in layout: inout Layout) {
        precondition(
            sizes.timeFeatures.isMultiple(of: 2) && !sizes.timeWidths.isEmpty, "time features come in pairs")
        self.sizes = sizes
        let (width, code) = (sizes.width, sizes.timeWidths[sizes.timeWidths.count - 1])
        frequencies = layout.add("time.kernel", 1, sizes.timeFeatures / 2, .normal(0.2))
        var from = sizes.timeFeatures
        var encoder: [Linear] = []
        for (index, to) in sizes.timeWidths.enumerated() {
            let isLast = index == sizes.timeWidths.count - 1
            encoder.append(
                Linear("cond.l\(index)", from, to, activation: isLast ? .identity : .mish, in: &layout))
            from = to
        }
        timeOut = encoder.removeLast()
        timeHidden = encoder
        input = Linear("in", sizes.action + sizes.observation + code, width, in: &layout)
        var blocks: [Block] = []
        for index in 0..<sizes.blocks {
            let inner = width * sizes.expansion
            blocks.append(
                Block(
                    norm: LayerNorm("block\(index).ln", width, in: &layout),
                    up: Linear(
                        "block\(index).l0", width, inner, activation: .mish, weights: .lecunNormal,
                        in: &layout),
                    down: Linear("block\(index).l1", inner, width, weights: .lecunNormal, in: &layout)))
        }
        self.blocks = blocks
        output = Linear("out", width, sizes.action, in: &layout)
    }

    /// Predicts the noise in `x`.
    ///
    /// - Parameters:
    ///   - x: noisy actions, `[B, A]`.
    ///   - s: observations, `[B, O]`.
    ///   - steps: the time index of each row, in `0 ..< T`.
    ///   - w: the numbers.
    ///   - dropout: what becomes of the branch of a block, given its number; nothing when acting.
    /// - Returns: `[B, A]`.
    public func callAsFunction(
        _ x: Variable, _ s: Variable, at steps: UnsafeBufferPointer<Int32>, _ w: Weights,
        dropout: (_ block: Int, _ branch: Variable) -> Variable = { _, branch in branch }
    ) -> Variable {
        var x = input(x.joined(s).joined(timeCode(on: x.tape, w).rows(at: steps)), w)
        for index in 0..<blocks.count {
            let block = blocks[index]
            x = x + block.down(block.up(block.norm(dropout(index, x), w), w), w)
        }
        return output(x.mish(), w)
    }

    /// Cosines, then sines, of 2π·t·w for every time step, `[T, timeFeatures]`.
    package func timeFeatures(on tape: Tape, _ w: Weights) -> Variable {
        let turns = matrixProduct(tape.counting(to: sizes.steps), w[frequencies])
        return turns.cosineOfTurns().joined(turns.sineOfTurns())
    }

    /// The code of every time step, `[T, code]`: computed once for each step, not for each row, since there are only T.
    package func timeCode(on tape: Tape, _ w: Weights) -> Variable {
        var code = timeFeatures(on: tape, w)
        for layer in timeHidden { code = layer(code, w) }
        return timeOut(code, w)
    }
}
