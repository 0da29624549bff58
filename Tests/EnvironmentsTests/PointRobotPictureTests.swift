import Environments
import Foundation
import FoundationXML
import SafeRL
import Testing

@Suite struct PointRobotPictureTests {
    /// Stands in for a learned value: minus the distance to the nearest hazard, with braking distance ahead.
    private func roughValues(_ observations: [Float]) -> [Float] {
        stride(from: 0, to: observations.count, by: 11).map { row in
            let speed = observations[row + 2]
            return [5, 8].map { hazard in
                let ahead = max(observations[row + hazard + 1], 0)
                return 0.8 - observations[row + hazard] + 0.35 * speed * speed * ahead * ahead * ahead
            }.reduce(-.infinity, max)
        }
    }

    @Test func aSliceIsAGridFromTheLowerLeft() {
        let states = PointRobot.slices[0].states
        #expect(states.count == 201 * 201)
        #expect(states[0] == .init(x: -3, y: -3, speed: 0.5, heading: .pi / 4))
        #expect(states[1].x > -3 && states[1].y == -3)
        #expect(states[201 * 201 - 1].x == 3 && states[201 * 201 - 1].y == 3)
        #expect(PointRobot.slices[2].observations.count == 11 * 201 * 201)
    }

    @Test func agreementCountsThePointsJudgedAlike() {
        let values: [Float] = [-1, 0, 1, .nan]
        #expect(
            RegionPicture.Panel(title: "", learned: values, truth: [true, true, false, false]).agreement
                == 0.75)
        #expect(
            RegionPicture.Panel(title: "", learned: values, truth: [false, true, true, true]).agreement
                == 0.25)
    }

    @Test func theAnalyticSetAgreesWithItself() {
        let panels = PointRobot.regionPanels { observations in
            stride(from: 0, to: observations.count, by: 11).map { row in
                let values = observations[row..<row + 5].map(Double.init)
                let heading = atan2(values[4], values[3])
                let state = PointRobot.State(x: values[0], y: values[1], speed: values[2], heading: heading)
                return PointRobot.isFeasible(state) ? -1 : 1
            }
        }
        // Single-precision observations may tip a point that lies on the boundary.
        #expect(panels.allSatisfy { $0.agreement > 0.9999 })
        #expect(panels.count == 3)
    }

    @Test func thePictureIsSmallValidAndShowsEverything() throws {
        let evaluation = try Evaluator(episodes: 60, seed: 2).run(
            PointRobot.ScriptedPolicy(), in: PointRobot.self, keeping: 30)
        let svg = PointRobot.regionPicture(PointRobot.regionPanels(roughValues), episodes: evaluation).svg()
        #expect(svg.utf8.count < 500_000)
        #expect(XMLParser(data: Data(svg.utf8)).parse())
        #expect(!svg.contains("nan") && !svg.contains("inf\""))
        for text in ["v = 0.5 m/s, θ = 45°", "learned boundary", "truly infeasible", "goal"] {
            #expect(svg.contains(text))
        }
        if let folder = ProcessInfo.processInfo.environment["SAFERL_PICTURES"] {
            try svg.write(toFile: folder + "/feasible-region.svg", atomically: true, encoding: .utf8)
        }
    }
}
