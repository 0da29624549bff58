import CKernels

extension Double {
    /// Nil: layers are applied one by one.
    public static func constantPass(
        _ x: VariableOf<Double>, layers: Int, _ layer: (Int) -> LinearStep<Double>
    ) -> VariableOf<Double>? { nil }
}

extension Float {
    /// Layers of which nothing is differentiated, all of them applied to a block of rows before the next.
    ///
    /// What lies between them stays near and is not kept. Every element is the one that the layers give one by one, but for
    /// rounding in narrow layers.
    public static func constantPass(
        _ x: Variable, layers: Int, _ layer: (Int) -> LinearStep<Float>
    ) -> Variable? {
        let (tape, rows) = (x.tape, x.shape.rows)
        guard tape.products.hasTiles && rows >= ConstantPass.fewest && layers > 1 && !x.needsGradient else {
            return nil
        }
        return withUnsafeTemporaryAllocation(of: ConstantLayer.self, capacity: layers) { steps in
            var (inputs, widest, work) = (x.shape.columns, 0, 0)
            for number in 0..<layers {
                let step = layer(number)
                let outputs = step.weight.shape.columns
                precondition(
                    step.weight.shape.rows == inputs && step.bias.shape == Shape(1, outputs),
                    "layer \(number): x \(Shape(rows, inputs)) does not meet \(step.weight.shape)")
                precondition(!step.weight.needsGradient && !step.bias.needsGradient, "layer \(number) learns")
                let factor = tape.secondFactor(
                    step.weight.pointer, isTransposed: false, inner: inputs, columns: outputs,
                    rows: ConstantPass.smallestBlock, kept: step.weight.kept)
                steps.initializeElement(
                    at: number,
                    to: ConstantLayer(
                        factor: factor, bias: step.bias.pointer, activation: step.activation))
                tape.productOperations += 2 * Double(rows * inputs * outputs)
                if number < layers - 1 { widest = max(widest, outputs) }
                (inputs, work) = (outputs, max(work, inputs * outputs))
            }
            let y = tape.record(Shape(rows, inputs), nil)
            ConstantPass(
                x: x.pointer, y: y.pointer, layers: UnsafeBufferPointer(steps), rows: rows,
                inputs: x.shape.columns, outputs: inputs, widest: widest
            ).run(work: rows * work / 16, on: tape)
            for step in steps { tape.give(back: step.factor) }
            return y
        }
    }
}

/// A layer as threads read it.
private struct ConstantLayer {
    let factor: SecondFactor
    let bias: UnsafeMutablePointer<Float>
    let activation: Activation

    func apply(_ x: UnsafeMutablePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>) {
        factor.multiply(x, rows: rows, into: y, accumulate: false)
        if let kernel = activation.kernel {
            ck_bias_activate(kernel, y, bias, y, rows, factor.columns, 0)
        } else {
            ck_binary(CK_ADD, y, factor.columns, 1, bias, 0, 1, y, rows, factor.columns)
        }
    }
}

/// What the shards of a pass read and write.
private struct ConstantPass {
    /// Rows from which there are blocks to speak of.
    static let fewest = 256
    /// Rows of a block: nine tiles, and what they give in a layer of 256 columns is a quarter of a second cache.
    static let block = 126
    /// Pieces of even size of a part, which has at least half of `fewest` rows, have no fewer.
    static let smallestBlock = 63

    let x, y: UnsafeMutablePointer<Float>
    let layers: UnsafeBufferPointer<ConstantLayer>
    let rows, inputs, outputs, widest: Int

    func run(work: Int, on tape: Tape) {
        let parts = Shards.parts(rows: rows, elements: work, smallestPart: 2 * Self.block)
        let size = 2 * Self.block * widest
        let between = tape.reuse(parts * size)
        Shards.run(parts, on: (self, parts, between, size)) { context, part in
            let (it, parts, between, size) = context
            Shards.inBlocks(of: Self.block, Shards.range(part, of: parts, rows: it.rows)) {
                it.pass($0, between + part * size)
            }
        }
        tape.release(between, count: parts * size)
    }

    /// Layers write into both halves of `between` by turns, and the last one into the result.
    private func pass(_ block: Range<Int>, _ between: UnsafeMutablePointer<Float>) {
        var from = x + block.lowerBound * inputs
        for number in 0..<layers.count {
            let to =
                number == layers.count - 1
                ? y + block.lowerBound * outputs : between + number % 2 * Self.block * widest
            layers[number].apply(from, rows: block.count, into: to)
            from = to
        }
    }
}
