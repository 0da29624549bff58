import Foundation
import Replay
import TestSupport
import Testing

@Suite struct ConversionTests {
    private func converted(
        _ conversion: DatasetConversion = .init(), _ change: (inout Recording) -> Void
    ) throws -> DatasetConversion.Result {
        let scratch = try Scratch()
        var recording = Recording()
        change(&recording)
        try recording.write(to: scratch.path("a.hdf5"))
        let result = try conversion.read(scratch.path("a.hdf5"))
        try result.dataset.write(to: scratch.path("b.hdf5"))
        #expect(try haveEqualColumns(TransitionDataset(contentsOf: scratch.path("b.hdf5")), result.dataset))
        return result
    }

    private func sound() throws -> TransitionDataset { try converted { _ in }.dataset }

    private func limited(to steps: Int) -> DatasetConversion {
        var conversion = DatasetConversion()
        conversion.timeLimit = steps
        return conversion
    }

    @Test func theStandardLayoutStaysAsItIs() throws {
        let result = try converted { _ in }
        #expect(result.changes == [] && result.dataset.warnings == [])
    }

    /// A group an episode, and memory that does not grow with their number.
    @Test func anyNumberOfEpisodesIsReadInTheSameMemory() throws {
        let scratch = try Scratch()
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        for row in 0..<4000 {
            columns.append(
                observation: [Float(row)], action: [0], nextObservation: [0], reward: 1, costs: [0],
                terminated: true, truncated: false)
        }
        try TransitionDataset(columns).writeMinariFile(to: scratch.path("a.hdf5"))
        var limits = DatasetConversion.limits
        limits.workingBytes = 20 << 20
        let read = try DatasetConversion().read(scratch.path("a.hdf5"), limits: limits)
        #expect(read.dataset.episodes.count == 4000)
    }

    @Test func otherNamesAreTheSameColumns() throws {
        let result = try converted { recording in
            for (standard, name) in [
                ("observations", "state"), ("costs", "infos/cost"), ("timeouts", "truncations"),
            ] {
                recording.rename(standard, name)
            }
        }
        #expect(try haveEqualColumns(result.dataset, sound()))
        #expect(
            result.changes == [
                "\"state\" is \"observations\"", "\"infos/cost\" is \"costs\"",
                "\"truncations\" is \"timeouts\"",
            ])
    }

    @Test func doneIsDividedByTheStepLimit() throws {
        let result = try converted(limited(to: 10)) { recording in
            recording.columns["done"] = StoredColumn(
                flags: (0..<60).map { $0 % 10 == 9 || $0 == 4 ? 1 : 0 })
            (recording.columns["terminals"], recording.columns["timeouts"]) = (nil, nil)
        }
        // The end after 5 steps is the task's; the next episode of that group of ten has five steps and ends by itself too.
        #expect(result.dataset.episodes.map(\.length) == [5, 5, 10, 10, 10, 10, 10])
        #expect(
            result.dataset.episodes.map(\.ending) == [
                .terminated, .terminated, .truncated, .truncated, .truncated, .truncated, .truncated,
            ])
        #expect(result.changes == ["\"done\" divided: 2 terminals, 5 time-outs"])
    }

    @Test func withoutALimitEveryDoneIsATerminal() throws {
        let result = try converted(limited(to: 0)) { recording in
            recording.columns["dones"] = StoredColumn(flags: (0..<60).map { $0 % 10 == 9 ? 1 : 0 })
            (recording.columns["terminals"], recording.columns["timeouts"]) = (nil, nil)
        }
        #expect(result.dataset.episodes.allSatisfy { $0.ending == .terminated })
    }

    @Test(arguments: ["terminals", "timeouts"]) func doneBesideOneOfTheEndsIsTheOther(kept: String) throws {
        let result = try converted { recording in
            let both = zip(recording.flags("terminals"), recording.flags("timeouts")).map { $0 | $1 }
            recording.columns["dones"] = StoredColumn(flags: both)
            recording.columns[kept == "terminals" ? "timeouts" : "terminals"] = nil
        }
        #expect(try haveEqualColumns(result.dataset, sound()))
    }

    /// The state after a cut is not the first one of the next episode, even where next states are made from rows.
    @Test func theLimitCutsWhereNoEndIsMarked() throws {
        let result = try converted(limited(to: 4)) { recording in
            recording.columns["timeouts"] = nil
            recording.columns["next_observations"] = nil
        }
        let data = result.dataset
        #expect(data.episodes.prefix(4).map(\.length) == [4, 4, 2, 4])
        #expect(data.nextObservations[9..<12].elementsEqual(data.observations[9..<12]))
        #expect(data.nextObservations[6..<9].elementsEqual(data.observations[9..<12]))
        #expect(result.changes == ["marked as cut after 4 steps: 12"])
    }

    @Test func groupsAreJoinedInTheOrderOfTheirNumbers() throws {
        let result = try converted { recording in
            let sound = recording
            recording.columns = [:]
            for episode in 0..<12 {
                let rows = (episode * 5)..<(episode * 5 + 5)
                func piece(_ name: String, _ width: Int) -> [Float] {
                    Array(sound.floats(name)[(rows.lowerBound * width)..<(rows.upperBound * width)])
                }
                let path = "episode_\(episode)/"
                recording.columns[path + "observations"] = StoredColumn(
                    [6, 3], piece("observations", 3) + piece("next_observations", 3).suffix(3))
                recording.columns[path + "actions"] = StoredColumn([5], piece("actions", 1))
                recording.columns[path + "rewards"] = StoredColumn(
                    [5], doubles: piece("rewards", 1).map(Double.init))
                // What a reset tells stands first.
                recording.columns[path + "infos/cost"] = StoredColumn([6], [9] + piece("costs", 1))
                recording.columns[path + "terminations"] = StoredColumn(flags: [
                    0, 0, 0, 0, episode == 0 ? 1 : 0,
                ])
                recording.columns[path + "truncations"] = StoredColumn(flags: [
                    0, 0, 0, 0, episode == 0 ? 0 : 1,
                ])
            }
        }
        let (data, expected) = (result.dataset, try sound())
        #expect(data.observations.elementsEqual(expected.observations))
        #expect(data.nextObservations.elementsEqual(expected.nextObservations))
        #expect(data.actions.elementsEqual(expected.actions) && data.rewards.elementsEqual(expected.rewards))
        #expect(data.costs.elementsEqual(expected.costs))
        #expect(data.episodes.map(\.length) == .init(repeating: 5, count: 12))
        #expect(data.episodes[0].ending == .terminated && data.episodes[1].ending == .truncated)
        #expect(result.changes == ["one group an episode: joined"])
    }

    @Test func aFaultInAGroupNamesTheRowOfTheWhole() throws {
        let error = #expect(throws: DatasetError.self) {
            try converted { recording in
                recording.columns = [:]
                for episode in 0..<3 {
                    let path = "episode_\(episode)/"
                    recording.columns[path + "observations"] = StoredColumn(
                        [6, 1], [Float](repeating: 0, count: 6))
                    for name in ["actions", "rewards", "costs"] {
                        recording.columns[path + name] = StoredColumn([5], [Float](repeating: 0, count: 5))
                    }
                    recording.columns[path + "terminations"] = StoredColumn(
                        [5], .uint8, [0, episode == 2 ? 7 : 0, 0, 0, 1])
                    recording.columns[path + "truncations"] = StoredColumn(flags: [0, 0, 0, 0, 0])
                }
            }
        }
        #expect(
            error?.description.contains("column \"terminals\", row 11: the flag is 7.0, expected 0 or 1.")
                == true)
    }
}
