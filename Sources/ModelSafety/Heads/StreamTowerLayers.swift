import Alignment
import Networks
import Tensors

/// One tower of a stream head as layers that can be trained; `HeadReader` and `StreamTower` are the same in double precision.
package struct StreamTowerLayers: Sendable {
    /// The layer between states and tower; nothing where the tower reads states themselves.
    let reader, readerBias: Parameter?
    let pre, norm, risk, category: Parameter
    private let epsilon: Float

    /// Adds the parameters, the tower's under the names of Qwen3Guard's checkpoints.
    init(_ prefix: String, _ sizes: HeadSizes, categories: Int, in layout: inout Layout) {
        let (inputs, width, inner) = (sizes.inputs, sizes.reader, sizes.inner)
        let hasReader = width > 0
        reader = hasReader ? layout.add(prefix + "reader.weight", width, inputs, .xavierUniform) : nil
        readerBias = hasReader ? layout.add(prefix + "reader.bias", 1, width, .zeros) : nil
        pre = layout.add(
            prefix + "risk_level_category_pre.weight", inner, hasReader ? width : inputs, .xavierUniform)
        norm = layout.add(prefix + "risk_level_category_layernorm.weight", 1, inner, .ones)
        risk = layout.add(
            prefix + "risk_level_head.weight", GuardLabel.allCases.count, inner, .xavierUniform)
        category = layout.add(prefix + "category_head.weight", categories, inner, .xavierUniform)
        epsilon = sizes.epsilon
    }

    /// Σ weight · cross-entropy of risk, and of the category where the risk is not safe.
    ///
    /// - Parameters:
    ///   - inputs: `[N, inputs]`.
    ///   - targets: of each row: label, category and weight.
    ///   - w: the numbers.
    /// - Returns: `[1, 1]`.
    func loss(
        _ inputs: Variable, _ targets: [(risk: GuardLabel, category: Int, weight: Float)], _ w: Weights
    ) -> Variable {
        var x = inputs
        if let reader, let readerBias { x = projection(inputs, w[reader], w[readerBias]).silu() }
        let z = rmsNorm(projection(x, w[pre]), scale: w[norm], epsilon: epsilon)  // [N, inner]
        let likely = projection(z, w[risk]).logProbabilities(of: targets.map { Int32($0.risk.rawValue) })
        let loss = (likely * z.tape.column(targets.map { -$0.weight })).sum()
        let unsafe = targets.indices.filter { targets[$0].risk != .safe }
        guard !unsafe.isEmpty else { return loss }
        let rows = unsafe.map { Int32($0) }.withUnsafeBufferPointer { z.rows(at: $0) }
        let named = projection(rows, w[category]).logProbabilities(
            of: unsafe.map { Int32(targets[$0].category) })
        return loss + (named * z.tape.column(unsafe.map { -targets[$0].weight })).sum()
    }
}

/// Widths of a stream head.
package struct HeadSizes: Sendable {
    /// Of a state, of the layer between states and tower (0 for none), and inside the tower.
    package var hidden, reader, inner: Int
    /// What is read.
    package var reading: HeadReading
    /// Of the norms.
    package var epsilon: Float

    package init(hidden: Int, reader: Int, inner: Int, reading: HeadReading, epsilon: Float) {
        (self.hidden, self.reader, self.inner) = (hidden, reader, inner)
        (self.reading, self.epsilon) = (reading, epsilon)
    }

    var inputs: Int { hidden * reading.states }
}

/// Both towers.
package struct StreamHeadLayers: Sendable {
    let response, prompt: StreamTowerLayers
    private let sizes: HeadSizes

    package init(_ sizes: HeadSizes, in layout: inout Layout) {
        self.sizes = sizes
        response = StreamTowerLayers(
            "", sizes, categories: StoredHead.replyCategories.count, in: &layout)
        prompt = StreamTowerLayers(
            "query_", sizes, categories: StoredHead.promptCategories.count, in: &layout)
    }

    /// The mean over rows of the prompt's loss plus the mean of the reply's, as `StreamHead.loss` has it.
    ///
    /// - Parameters:
    ///   - rows: at least one.
    ///   - states: of all tokens of each, `[tokens, hidden]`.
    ///   - w: the numbers, on the tape that the loss is recorded on.
    /// - Returns: `[1, 1]`.
    package func loss(_ rows: [StreamRow], _ states: [[Float]], _ w: Weights) -> Variable {
        let share = 1 / Float(rows.count)
        let (tape, hidden) = (w[prompt.norm].tape, sizes.hidden)
        var (asked, replies): ([Float], [Float]) = ([], [])
        var ofReplies: [(risk: GuardLabel, category: Int, weight: Float)] = []
        for (row, numbers) in zip(rows, states) {
            func state(_ place: Int) -> ArraySlice<Float> {
                numbers[place * hidden..<(place + 1) * hidden]
            }
            var trace = HeadTrace(sizes.reading, behind: state(row.prompt.count - 1))
            asked += trace.asked
            for place in row.reply.indices { replies += trace.add(state(row.prompt.count + place)) }
            let weight = share / Float(row.risk.count)
            ofReplies += row.risk.map { ($0, row.category, weight) }
        }
        func matrix(_ numbers: [Float]) -> Variable {
            numbers.withUnsafeBufferPointer {
                tape.constant($0, numbers.count / sizes.inputs, sizes.inputs)
            }
        }
        let ofPrompts = rows.map { (risk: $0.promptRisk, category: $0.promptCategory, weight: share) }
        return prompt.loss(matrix(asked), ofPrompts, w) + response.loss(matrix(replies), ofReplies, w)
    }
}
