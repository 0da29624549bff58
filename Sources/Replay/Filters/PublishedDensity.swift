/// What DSRL names the densities of a task, and the grids that these names stand for.
///
/// A density such as 0.5 is a name and no exact share: the grid with the numbers beside it is what thins the data.
public struct PublishedDensity: Sendable, Equatable {
    /// The name, such as 0.5.
    public let density: Double
    /// The grid that it stands for.
    public let grid: EpisodeGrid
}

extension DSRLTask {
    /// The densities published for this task, ascending; empty where there are none.
    ///
    /// - SeeAlso: Liu et al. 2023, arXiv:2306.09303, and its package DSRL.
    public var publishedDensities: [PublishedDensity] {
        densityTable.filter { $0.task == shortName }.map {
            PublishedDensity(
                density: $0.density,
                grid: EpisodeGrid(costBins: 10, returnBins: $0.returnBins, most: $0.most, least: 2))
        }
    }

    /// The grid of a published density of this task.
    ///
    /// - Throws: `DatasetFilterError.unknownDensity` with those that are published.
    public func grid(forDensity density: Double) throws(DatasetFilterError) -> EpisodeGrid {
        let published = publishedDensities
        if let found = published.first(where: { $0.density == density }) { return found.grid }
        throw .unknownDensity(task: shortName, density: density, published: published.map(\.density))
    }
}

/// Task, density, return bins, most episodes of a cell; all have ten cost bins, and a cell with two episodes or one keeps none.
private let densityTable: [(task: String, density: Double, returnBins: Int, most: Int)] = [
    ("CarCircle", 0.5, 50, 5),
    ("CarCircle", 0.75, 50, 9),
    ("AntCircle", 0.5, 50, 12),
    ("AntCircle", 0.75, 50, 20),
    ("AntRun", 0.5, 50, 6),
    ("AntRun", 0.75, 50, 10),
    ("DroneCircle", 0.5, 50, 10),
    ("DroneCircle", 0.75, 50, 18),
    ("DroneRun", 0.5, 50, 6),
    ("DroneRun", 0.75, 50, 18),
    ("BallCircle", 0.5, 20, 5),
    ("BallCircle", 0.75, 30, 10),
    ("BallRun", 0.5, 15, 7),
    ("BallRun", 0.75, 15, 12),
    ("CarRun", 0.5, 20, 6),
    ("CarRun", 0.75, 20, 11),
    ("CarButton1", 0.25, 10, 8),
    ("CarButton1", 0.5, 10, 18),
    ("CarButton2", 0.25, 8, 13),
    ("CarButton2", 0.5, 8, 28),
    ("CarCircle1", 0.25, 5, 12),
    ("CarCircle1", 0.5, 5, 28),
    ("CarCircle2", 0.25, 5, 8),
    ("CarCircle2", 0.5, 5, 18),
    ("CarGoal1", 0.25, 8, 6),
    ("CarGoal1", 0.5, 8, 13),
    ("CarGoal2", 0.25, 8, 14),
    ("CarGoal2", 0.5, 8, 30),
    ("CarPush1", 0.25, 6, 16),
    ("CarPush1", 0.5, 6, 36),
    ("CarPush2", 0.25, 8, 22),
    ("CarPush2", 0.5, 8, 50),
    ("PointButton1", 0.25, 10, 6),
    ("PointButton1", 0.5, 10, 13),
    ("PointButton2", 0.25, 8, 12),
    ("PointButton2", 0.5, 8, 25),
    ("PointCircle1", 0.25, 5, 12),
    ("PointCircle1", 0.5, 5, 28),
    ("PointCircle2", 0.25, 5, 10),
    ("PointCircle2", 0.5, 5, 20),
    ("PointGoal1", 0.25, 8, 7),
    ("PointGoal1", 0.5, 8, 16),
    ("PointGoal2", 0.25, 6, 14),
    ("PointGoal2", 0.5, 8, 24),
    ("PointPush1", 0.25, 6, 13),
    ("PointPush1", 0.5, 6, 28),
    ("PointPush2", 0.25, 8, 15),
    ("PointPush2", 0.5, 8, 34),
    ("HalfCheetahVelocity", 0.25, 10, 12),
    ("HalfCheetahVelocity", 0.5, 10, 26),
    ("SwimmerVelocity", 0.25, 10, 7),
    ("SwimmerVelocity", 0.5, 10, 14),
    ("Walker2dVelocity", 0.25, 10, 10),
    ("Walker2dVelocity", 0.5, 10, 22),
    ("easydense", 0.5, 20, 15),
    ("easydense", 0.75, 20, 30),
    ("mediummean", 0.5, 20, 16),
    ("mediummean", 0.75, 20, 33),
    ("hardsparse", 0.5, 20, 12),
    ("hardsparse", 0.75, 20, 32),
]
