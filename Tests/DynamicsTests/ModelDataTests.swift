import Dynamics
import Replay
import Tensors
import Testing

@Suite struct ModelDataTests {
    /// Four rows in two episodes, changed before they are checked.
    private struct Columns {
        var observations = Matrix(4, 1, [0, 1, 2, 3])
        var actions = Matrix(4, 1, [1, 1, 1, 1])
        var next = Matrix(4, 1, [1, 2, 3, 4])
        var rewards = [1.0, 2, 3, 4]
        var isTerminated = [false, true, false, false]
        var episodes = [7, 7, 9, 9]
        var costs = [CostColumn("speed", [0, 1, 0, 0])]

        func data() throws -> ModelData {
            try ModelData(
                observations: observations, actions: actions, nextObservations: next, rewards: rewards,
                isTerminated: isTerminated, episodes: episodes, costs: costs)
        }
    }

    private func expectRefusal(
        _ message: String, sourceLocation: SourceLocation = #_sourceLocation,
        of change: (inout Columns) -> Void
    ) {
        var columns = Columns()
        change(&columns)
        let error = #expect(throws: DynamicsError.self, sourceLocation: sourceLocation) {
            _ = try columns.data()
        }
        #expect(error?.description == message, sourceLocation: sourceLocation)
    }

    @Test func soundColumnsPass() throws {
        let data = try Columns().data()
        #expect(data.count == 4 && data.firstRows == [0, 2])
        #expect(try data.cost("speed") == [0, 1, 0, 0])
        #expect(data.variables.all == ["s0", "a0"])
    }

    @Test func everyFaultIsNamed() {
        expectRefusal("model data: there are no transitions. Give at least one episode.") {
            $0.observations = Matrix(0, 1)
        }
        expectRefusal(
            "model data: column \"rewards\" has 3 rows, \"observations\" has 4. All columns need one row a transition."
        ) { $0.rewards.removeLast() }
        expectRefusal(
            "model data: column \"next s0\", row 2: not a finite number. Remove the episode or repair the value."
        ) { $0.next[2, 0] = .nan }
        expectRefusal(
            "model data: cost \"speed\", row 3: -1.0 is negative. A cost counts harm, at least 0; change its sign or define it anew."
        ) { $0.costs = [CostColumn("speed", [0, 0, 0, -1])] }
        expectRefusal("names: \"speed\" occurs twice among the costs. Rename one.") {
            $0.costs.append($0.costs[0])
        }
        expectRefusal(
            "names: cost \"out-of-support\" has the name of the guardian's channel. Rename it."
        ) { $0.costs = [CostColumn("out-of-support", [0, 0, 0, 0])] }
        expectRefusal(
            "model data: row 3 belongs to episode 7, whose rows ended before. Sort the rows by episode and step."
        ) { $0.episodes = [7, 7, 9, 7] }
        expectRefusal(
            "model data: row 2 ends episode 9, but more rows of it follow. Give what follows an episode of its own."
        ) { $0.isTerminated[2] = true }
    }

    @Test func variablesOfOneNameAreRefused() {
        #expect(throws: DynamicsError.repeatedName("dose", of: "variables")) {
            try ModelVariables(observations: ["dose"], actions: ["dose"])
        }
        let names = ModelVariables(observations: 2, actions: 1)
        #expect(throws: DynamicsError.unknownName("x", present: ["s0", "s1"])) { try names.observation("x") }
    }

    @Test func aSplitKeepsEpisodesWholeAndRepeats() throws {
        let data = try randomData(1000, states: 1, actions: 1, length: 10, seed: 1)
        let split = try data.split(heldOut: 0.2, calibration: 0.15, seed: 5)
        #expect((split.training + split.heldOut + split.calibration).sorted() == Array(0..<1000))
        #expect(split.heldOut.count == 200 && split.calibration.count == 150)
        for part in [split.training, split.heldOut, split.calibration] {
            #expect(part == part.sorted())
            let episodes = Set(part.map { $0 / 10 })
            #expect(episodes.count * 10 == part.count)
        }
        #expect(try data.split(heldOut: 0.2, calibration: 0.15, seed: 5) == split)
        #expect(try data.split(heldOut: 0.2, calibration: 0.15, seed: 6) != split)
    }

    @Test func aSplitThatLeavesNothingIsRefused() throws {
        let data = try randomData(20, states: 1, actions: 1, length: 10, seed: 1)
        #expect(throws: DynamicsError.tooFewEpisodes(2, needed: 3)) {
            try data.split(heldOut: 0.1, calibration: 0.1, seed: 1)
        }
        #expect(throws: DynamicsError.outOfRange(option: "held-out share", value: 1, range: "[0, 1)")) {
            try data.split(heldOut: 1, seed: 1)
        }
    }

    @Test func aDataSetBecomesModelData() throws {
        var columns = TransitionColumns(observationSize: 2, actionSize: 1)
        for step in 0..<5 {
            columns.append(
                observation: [Float(step), 0], action: [0.5], nextObservation: [Float(step + 1), 0],
                reward: Float(step), cost: step == 1 ? 2 : 0, terminated: step == 1, truncated: step == 3)
        }
        let data = try ModelData(try TransitionDataset(columns))
        #expect(data.episodes == [0, 0, 1, 1, 2])
        #expect(data.isTerminated == [false, true, false, false, false])
        #expect(try data.cost("cost") == [0, 2, 0, 0, 0])
        #expect(data.nextObservations == Matrix(5, 2, [1, 0, 2, 0, 3, 0, 4, 0, 5, 0]))
        #expect(data.actions == Matrix(5, 1, repeating: 0.5) && data.rewards == [0, 1, 2, 3, 4])
        #expect(data.hasSuccessor == [true, true, true, true, true])
    }
}
