import Rules
import SafeRL
import SaferlBenchmarks
import ShippedConfigurations

/// What `saferl bench guard` does.
struct GuardBenchWork {
    static let name = "guard"

    let episodes: Int
    let isJSON: Bool

    func run() throws {
        let report = try GuardBenchmark.run(
            robot: try Self.shipped("point-robot.rules"), mass: try Self.shipped("point-mass.rules"),
            episodes: episodes,
            counting: Session.registry.allocationCounter)
        if isJSON { try Output.write(json: report) } else { try Output.write(aligned(report.lines)) }
    }

    /// Rules that saferl brings, whatever files lie here.
    private static func shipped(_ name: String) throws -> RuleFile {
        try RuleFile(ShippedConfigurations.rules[name] ?? "", name: name)
    }
}
