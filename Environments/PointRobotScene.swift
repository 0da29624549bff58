import Foundation
import SafeRL

extension PointRobot {
    /// 20: a step takes 0.05 s.
    public static let frameRate: Int? = Int((1 / timeStep).rounded())

    /// The arena with hazards and goal, the robot's path so far, and the robot as an arrowhead that points ahead; a line
    /// before it reaches as far as it drives in half a second.
    public var scene: Scene? {
        let (half, edge) = (Self.halfWidth, Self.halfWidth + 0.2)
        var scene = Scene(x: -edge...edge, y: -edge...edge, background: .pale)
        scene.add(.rectangle(x: -half...half, y: -half...half), .white)
        for disc in Self.hazards {
            scene.add(.disc(x: disc.x, y: disc.y, radius: disc.radius), .sand)
            scene.add(.circle(x: disc.x, y: disc.y, radius: disc.radius, width: 0.03), .orange)
        }
        scene.add(.disc(x: Self.goal.x, y: Self.goal.y, radius: Self.goal.radius), .mint)
        scene.add(.circle(x: Self.goal.x, y: Self.goal.y, radius: Self.goal.radius, width: 0.03), .green)
        scene.add(.trail(x: state.x, y: state.y, width: 0.05), .blue.opacity(0.55))
        scene.add(.line([ahead(0), ahead(0.5 * state.speed)], width: 0.03), .ink)
        scene.add(
            .polygon([ahead(0.2), ahead(-0.14, left: 0.13), ahead(-0.07), ahead(-0.14, left: -0.13)]), .blue)
        return scene
    }

    /// A point so many metres ahead and to the left of the robot.
    private func ahead(_ distance: Double, left: Double = 0) -> Scene.Point {
        let (cosine, sine) = (cos(state.heading), sin(state.heading))
        return .init(
            state.x + distance * cosine - left * sine, state.y + distance * sine + left * cosine)
    }
}

extension PointRobotFrom {
    /// As `PointRobot`.
    public static var frameRate: Int? { PointRobot.frameRate }
    /// As `PointRobot`.
    public var scene: Scene? { robot.scene }
}
