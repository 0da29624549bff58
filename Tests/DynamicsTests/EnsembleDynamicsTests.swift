import Assurance
import Dynamics
import Foundation
import SafeRL
import Testing

@Suite(.serialized) struct EnsembleDynamicsTests {
    /// Deviation of the noise of each number of the state.
    private static let noise = [0.05, 0.02]

    /// The mean successor of the linear system.
    private static func mean(_ s: [Double], _ a: Double) -> [Double] {
        [0.9 * s[0] + 0.1 * s[1], -0.2 * s[0] + 0.8 * s[1] + 0.3 * a]
    }

    /// Draws of the system from states and actions uniform in ±1; the reward is s₀ + a.
    private static func data(_ count: Int, seed: UInt64) throws -> ModelData {
        var stream = RandomStream(seed: seed, for: .testing)
        var (s, a, next) = ([Double](), [Double](), [Double]())
        for _ in 0..<count {
            let state = [Double(stream.nextUniform(in: -1..<1)), Double(stream.nextUniform(in: -1..<1))]
            let action = Double(stream.nextUniform(in: -1..<1))
            s += state
            a.append(action)
            next += zip(mean(state, action), noise).map { $0 + $1 * Double(stream.nextNormal()) }
        }
        return try ModelData(
            observations: Matrix(count, 2, s), actions: Matrix(count, 1, a),
            nextObservations: Matrix(count, 2, next),
            rewards: (0..<count).map { s[2 * $0] + a[$0] },
            isTerminated: [Bool](repeating: false, count: count),
            episodes: (0..<count).map { $0 / 20 })
    }

    private static func options() -> EnsembleOptions {
        var options = EnsembleOptions()
        (options.members, options.elites, options.hidden) = (3, 2, [32, 32])
        (options.rows, options.learningRate) = (64, 3e-3)
        (options.patience, options.improvement) = (3, 0.002)
        return options
    }

    private static func training(
        _ count: Int = 2000, options: EnsembleOptions = options(), seed: UInt64 = 1
    ) throws -> EnsembleTraining {
        let data = try data(count, seed: 100)
        return try EnsembleTraining(
            data, try data.split(heldOut: 0.2, seed: 1), heads: [EnsembleHead("reward", data.rewards)],
            options: options, seed: seed)
    }

    private static func trained(_ disagreement: Disagreement = .largestMeanDifference) throws
        -> EnsembleDynamics
    {
        let training = try training()
        try training.run()
        return training.dynamics(disagreement: disagreement)
    }

    private static func logDensity(_ data: ModelData) -> Double {
        (0..<data.count).reduce(0) { sum, row in
            let s = [data.observations[row, 0], data.observations[row, 1]]
            let mean = mean(s, data.actions[row, 0])
            return sum
                + (0..<2).reduce(0) { sum, column in
                    let z = (data.nextObservations[row, column] - mean[column]) / noise[column]
                    return sum - 0.5 * z * z - log(noise[column]) - 0.5 * log(2 * Double.pi)
                }
        } / Double(data.count)
    }

    /// Fresh rows of the system: the truth is the best there is, and the ensemble comes within 0.1 nats a row of it.
    @Test func theLikelihoodOfFreshRowsIsNearTheTruth() throws {
        let fresh = try Self.data(2000, seed: 200)
        let model = try Self.trained()
        let own =
            try model.logDensity(of: fresh.nextObservations, from: fresh.observations, fresh.actions)
            .reduce(0, +) / 2000
        let truth = Self.logDensity(fresh)
        #expect(own < truth && own > truth - 0.1, "\(own) beside \(truth)")
    }

    @Test func theMeansDisagreeMoreOffTheData() throws {
        let model = try Self.trained()
        #expect(model.disagreement == .largestMeanDifference)
        let on = try model.disagreement(
            uniformMatrix(500, 2, seed: 300), uniformMatrix(500, 1, seed: 301))
        let far = uniformMatrix(500, 2, seed: 300).elements.map { $0 + ($0 < 0 ? -4 : 4) }
        let off = try model.disagreement(Matrix(500, 2, far), uniformMatrix(500, 1, seed: 301))
        let (onMean, offMean) = (on.reduce(0, +) / 500, off.reduce(0, +) / 500)
        #expect(offMean > 5 * onMean, "\(onMean) on, \(offMean) off")
    }

    /// On the data it is the norm of the noise in units of the targets' deviation, within a fifth.
    @Test func theLargestDeviationIsTheNoise() throws {
        let model = try Self.trained(.largestDeviation)
        let values = try model.disagreement(
            uniformMatrix(500, 2, seed: 300), uniformMatrix(500, 1, seed: 301))
        let truth = zip(Self.noise, model.description.targetScale.widths).reduce(0) {
            $0 + $1.0 * $1.0 / ($1.1 * $1.1)
        }.squareRoot()
        #expect(abs(values.reduce(0, +) / 500 - truth) < 0.2 * truth, "\(truth)")
    }

    @Test func trainingStopsByItselfAndKeepsTheBestWeights() throws {
        var options = Self.options()
        options.epochs = 400
        let training = try Self.training(options: options)
        try training.run()
        let state = training.state
        #expect(state.stale == 3 && state.epochs < 400)
        #expect(state.updates == state.epochs * training.updatesPerEpoch)
        let elites = training.dynamics().eliteNumbers
        #expect(elites == Array([0, 1, 2].sorted { state.errors[$0] < state.errors[$1] }[..<2]))
        // After more than one stale epoch the weights have moved on from those kept.
        let learner = training.learners[0], entry = learner.layout.entries[0]
        #expect(Array(learner.elements(entry, .target)) != Array(learner.elements(entry, .weights)))
    }

    @Test func theLimitOfEpochsEndsTraining() throws {
        var options = Self.options()
        options.epochs = 2
        let training = try Self.training(400, options: options)
        try training.run()
        #expect(training.state.epochs == 2 && training.isFinished)
    }

    /// Every bit of every member in every role.
    private func bits(_ training: EnsembleTraining) -> [UInt32] {
        training.learners.flatMap { learner in
            [LearnerRole.weights, .target, .firstMoment, .secondMoment].flatMap { role in
                learner.layout.entries.flatMap { learner.elements($0, role).map(\.bitPattern) }
            }
        }
    }

    @Test func stoppingAndResumingInAnEpochChangesNoBit() throws {
        let whole = try Self.training(500)
        for _ in 0..<25 { _ = try whole.update() }

        let first = try Self.training(500)
        for _ in 0..<10 { _ = try first.update() }
        #expect(!10.isMultiple(of: first.updatesPerEpoch) && 10 > first.updatesPerEpoch)
        var writer = CheckpointWriter()
        for learner in first.learners { try writer.store(learner) }
        try writer.store("ensemble", first.state)
        let second = try Self.training(500)
        let reader = try CheckpointReader(of: writer)
        for learner in second.learners { try reader.load(learner) }
        try second.restore(try reader.value("ensemble", as: EnsembleTraining.State.self))
        for _ in 0..<15 { _ = try second.update() }
        #expect(second.state == whole.state)
        #expect(bits(second) == bits(whole))
        #expect(bits(second) != bits(first))
    }

    @Test func aTrainingOfAnotherMakeUpIsNotRestored() throws {
        var options = Self.options()
        (options.members, options.elites) = (2, 2)
        let other = try Self.training(400, options: options)
        #expect(throws: DynamicsError.otherTraining(reason: "3 members stored, 2 configured")) {
            try other.restore(try Self.training(400).state)
        }
    }

    @Test func aModelFromACheckpointAnswersTheSame() throws {
        var options = Self.options()
        options.epochs = 2
        let training = try Self.training(400, options: options)
        try training.run()
        var writer = CheckpointWriter()
        for learner in training.learners { try writer.store(learner) }
        try writer.store("description", training.description)
        let reader = try CheckpointReader(of: writer)
        let own = training.dynamics()
        let restored = try EnsembleDynamics(
            try reader.value("description", as: EnsembleDescription.self), elites: own.eliteNumbers
        ) { try reader.network("model.\($0)", .target, $1) }
        let (s, a) = (uniformMatrix(20, 2, seed: 400), uniformMatrix(20, 1, seed: 401))
        var (one, two) = (testStreams(20), testStreams(20))
        #expect(try own.sample(s, a, using: &one) == restored.sample(s, a, using: &two))
    }

    /// In tiles, and row by row where a layer is too narrow for them.
    @Test(arguments: [[32, 32], [8]]) func neitherThreadsNorBatchesShow(_ hidden: [Int]) throws {
        var options = Self.options()
        (options.epochs, options.hidden) = (1, hidden)
        let training = try Self.training(400, options: options)
        try training.run()
        let model = training.dynamics()
        let (s, a) = (uniformMatrix(700, 2, seed: 500), uniformMatrix(700, 1, seed: 501))
        var streams = testStreams(700)
        let whole = try model.sample(s, a, using: &streams)
        defer { BLAS.threads = 0 }
        for threads in [1, 2, 4] {
            BLAS.threads = threads
            var again = testStreams(700)
            #expect(try model.sample(s, a, using: &again) == whole)
        }
        for part in [0..<1, 5..<38, 100..<700, 699..<700] {
            var own = Array(testStreams(700)[part])
            let step = try model.sample(
                Matrix(part.count, 2, Array(s.elements[2 * part.lowerBound..<2 * part.upperBound])),
                Matrix(part.count, 1, Array(a.elements[part])), using: &own)
            #expect(
                step.nextStates.elements
                    == Array(whole.nextStates.elements[2 * part.lowerBound..<2 * part.upperBound]))
            #expect(step.heads?.elements == whole.heads.map { Array($0.elements[part]) })
            #expect(step.disagreement == whole.disagreement.map { Array($0[part]) })
            #expect(own == Array(streams[part]))
        }
    }

    @Test func trainingDoesNotDependOnThreads() throws {
        func trained() throws -> [UInt32] {
            let training = try Self.training(500)
            for _ in 0..<12 { _ = try training.update() }
            return bits(training)
        }
        defer { BLAS.threads = 0 }
        BLAS.threads = 1
        let alone = try trained()
        BLAS.threads = 4
        #expect(try trained() == alone)
    }

    /// 20,000 draws of one pair: their mean within 5 standard errors (fails by chance with probability below 2e-6).
    @Test func drawsScatterAroundTheMean() throws {
        let model = try Self.trained()
        let n = 20_000
        let s = Matrix(n, 2, [[Double]](repeating: [0.4, -0.3], count: n).flatMap(\.self))
        let a = Matrix(n, 1, repeating: 0.5)
        var streams = testStreams(n)
        let step = try model.sample(s, a, using: &streams)
        let mean = try model.expectedNextStates(Matrix(1, 2, [0.4, -0.3]), Matrix(1, 1, [0.5]))
        for column in 0..<2 {
            let drawn = SampleMean((0..<n).map { step.nextStates[$0, column] })
            #expect(abs(drawn.mean - mean[0, column]) < 5 * drawn.deviation / Double(n).squareRoot())
            #expect(drawn.deviation > 0.5 * Self.noise[column] && drawn.deviation < 2 * Self.noise[column])
            #expect(abs(mean[0, column] - Self.mean([0.4, -0.3], 0.5)[column]) < Self.noise[column])
        }
        let rewards = try #require(step.heads?.elements)
        #expect(Set(rewards).count <= 2, "one mean for each elite")
        #expect(rewards.allSatisfy { abs($0 - 0.9) < 0.1 })
    }

    @Test func episodesEndByTheRule() throws {
        var options = Self.options()
        options.epochs = 1
        let training = try Self.training(400, options: options)
        try training.run()
        let model = training.dynamics { _, _, next in next[0] > 0 }
        let (s, a) = (uniformMatrix(50, 2, seed: 600), uniformMatrix(50, 1, seed: 601))
        var streams = testStreams(50)
        let step = try model.sample(s, a, using: &streams)
        #expect(step.isTerminated == (0..<50).map { step.nextStates[$0, 0] > 0 })
        #expect(Set(step.isTerminated).count == 2)
    }

    /// An untrained network, and inputs of the given size.
    private func untrained(inputs size: Float) throws -> (Learner<GaussianNetwork>, x: [Float], y: [Float]) {
        var stream = RandomStream(seed: 7, for: .testing)
        let sizes = try Self.training(400).description.sizes
        let learner = Learner("m", optimizer: Adam(rate: .constant(0)), using: &stream) {
            GaussianNetwork(sizes, in: &$0)
        }
        let x = (0..<64 * 3).map { _ in size * stream.nextNormal() }
        return (learner, x, (0..<64 * 3).map { _ in stream.nextNormal() })
    }

    /// By its formula in `Double`, from the network's own predictions.
    @Test func theLossIsItsFormula() throws {
        let (learner, x, y) = try untrained(inputs: 1)
        let tape = Tape()
        let inputs = tape.constant(Tensor(64, 3, x)), targets = tape.constant(Tensor(64, 3, y))
        let (mean, logVariance) = learner.body(inputs, learner.weights(on: tape))
        let terms = (0..<64 * 3).map { at -> Double in
            let (m, v) = (Double(mean.values[at]), Double(logVariance.values[at]))
            return (Double(y[at]) - m) * (Double(y[at]) - m) * exp(-v) + v
        }
        let expected = 0.5 * terms.reduce(0, +) / Double(terms.count) + 0.01 * 3 * 10.5
        let loss = learner.body.loss(inputs, targets, bounds: 0.01, learner.weights(on: tape)).scalar
        #expect(abs(Double(loss) - expected) < 1e-5 * abs(expected))
    }

    @Test func theVarianceStaysWithinItsBounds() throws {
        let (learner, x, _) = try untrained(inputs: 50)
        let tape = Tape()
        let (_, logVariance) = learner.body(tape.constant(Tensor(64, 3, x)), learner.weights(on: tape))
        #expect(logVariance.values.allSatisfy { $0 > -10.001 && $0 < 0.6 })
        #expect(logVariance.values.contains { $0 < -3 } && logVariance.values.contains { $0 > 0.4 })
    }

    @Test func whatCannotBeTrainedIsRefused() throws {
        var options = Self.options()
        options.elites = 4
        #expect(throws: DynamicsError.outOfRange(option: "elites", value: 4, range: "1 to 3")) {
            try Self.training(400, options: options)
        }
        let data = try Self.data(100, seed: 1)
        #expect(throws: DynamicsError.noRows) {
            try EnsembleTraining(data, ModelSplit(training: [0, 1], heldOut: []), seed: 1)
        }
        #expect(throws: DynamicsError.repeatedName("reward", of: "heads")) {
            let head = EnsembleHead("reward", data.rewards)
            _ = try EnsembleTraining(
                data, try data.split(heldOut: 0.2, seed: 1), heads: [head, head], options: Self.options(),
                seed: 1)
        }
    }
}
