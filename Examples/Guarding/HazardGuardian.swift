import Environments
import Guardians
import SafeRL

/// Calls a push outside where the next place of the point mass lies less than a margin from a hazard on the map.
///
/// A guardian of one's own answers for pairs of an observation and an action, here x, y, vx, vy, fx, fy: the higher the score,
/// the farther outside.
struct HazardGuardian: SupportGuardian {
    static let kind = "hazards"
    let features = GuardianFeatures(named: ["x", "y", "vx", "vy", "fx", "fy"])
    let margin = 0.06
    let threshold = 0.0
    /// It is made of a map, not of data: nothing was held out.
    let calibration: GuardianCalibration? = nil
    let report = GuardianReport(points: 0, trainingShareOutside: 0)

    func score(_ points: Matrix) throws -> [Double] {
        try check(points)
        return (0..<points.rows).map { row in
            func next(_ axis: Int) -> Double {
                points[row, axis] + PointMass.timeStep * (points[row, axis + 2] + points[row, axis + 4]) / 2
            }
            let place = PointMass.Vector(next(0), next(1))
            return PointMass.hazards.map { hazard in
                let (x, y) = (place.x - hazard.centre.x, place.y - hazard.centre.y)
                return hazard.radius + margin - PointMass.Vector(x, y).length
            }.max() ?? -.infinity
        }
    }

    func encoded() throws -> GuardianRecord {
        GuardianRecord(kind: Self.kind, arrays: [], metadata: "{\"margin\":\(margin)}")
    }
}
