import Environments
import Foundation
import SafeRL
import Testing

@Suite struct PointRobotSceneTests {
    /// The colour of the pixel at a place in the arena, of 480 for 6.4 m.
    private func colour(_ frame: Frame, x: Double, y: Double) -> [UInt8] {
        let (column, row) = (Int((x + 3.2) * 75), Int((3.2 - y) * 75))
        return Array(frame.pixels[(row * frame.width + column) * 3..<(row * frame.width + column) * 3 + 3])
    }

    private func bytes(_ colour: Scene.Colour) -> [UInt8] { [colour.red, colour.green, colour.blue] }

    @Test func thePictureShowsArenaHazardsGoalAndRobot() throws {
        let robot = PointRobot(state: .init(x: -2, y: 1, speed: 1, heading: .pi / 2))
        let frame = try #require(robot.scene).frame(of: "point-robot")
        #expect((frame.width, frame.height) == (480, 480))
        #expect(colour(frame, x: -3.1, y: 0) == bytes(.pale) && colour(frame, x: 3.1, y: 3.1) == bytes(.pale))
        #expect(
            colour(frame, x: -2.9, y: -2.9) == bytes(.white) && colour(frame, x: 2.9, y: 0) == bytes(.white))
        for hazard in PointRobot.hazards {
            #expect(colour(frame, x: hazard.x, y: hazard.y) == bytes(.sand))
            #expect(colour(frame, x: hazard.x + 0.8, y: hazard.y) == bytes(.orange))
            #expect(colour(frame, x: hazard.x, y: hazard.y - 0.85) == bytes(.white))
        }
        #expect(colour(frame, x: PointRobot.goal.x, y: PointRobot.goal.y) == bytes(.mint))
        // Up, with half a second's way before it.
        #expect(colour(frame, x: -2, y: 1.05) == bytes(.blue))
        #expect(colour(frame, x: -2, y: 1.4) == bytes(.ink))
        #expect(
            colour(frame, x: -2, y: 1.6) == bytes(.white) && colour(frame, x: -2, y: 0.8) == bytes(.white))
    }

    @Test func bothRobotsCanBeDrawnInTheirOwnTime() throws {
        for vector in [
            EnvironmentVector(PointRobot.self, slots: 1, drawsFrames: true) as any VectorEnvironment,
            EnvironmentVector(PointRobotFromFeasibleStarts.self, slots: 1, drawsFrames: true),
        ] {
            var observation = [Float](repeating: 0, count: 11)
            var span = observation.mutableSpan
            try vector.reset([0], seeds: [4], observations: &span)
            let frame = try #require(try vector.frame(of: 0))
            let (x, y) = (Double(observation[0]), Double(observation[1]))
            #expect(colour(frame, x: x, y: y) == bytes(.blue))
            #expect(vector.frameRate == 20)
        }
    }

    @Test func thePathBehindTheRobotStaysVisible() throws {
        let vector = EnvironmentVector(PointRobot.self, slots: 1, drawsFrames: true)
        var observation = [Float](repeating: 0, count: 11)
        do {
            var span = observation.mutableSpan
            try vector.reset([0], seeds: [1], observations: &span)
        }
        let start = (Double(observation[0]), Double(observation[1]))
        for _ in 0..<40 {
            var span = observation.mutableSpan
            let action: [Float] = [1, 0]
            _ = try vector.step([0], actions: action.span, observations: &span)
        }
        let way = hypot(Double(observation[0]) - start.0, Double(observation[1]) - start.1)
        #expect(way > 1)
        let shown = colour(try #require(try vector.frame(of: 0)), x: start.0, y: start.1)
        // Blue over what is there: less red than green, less green than blue.
        #expect(shown[0] < shown[1] && shown[1] < shown[2], "\(shown)")
    }
}
