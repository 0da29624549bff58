import Foundation
import SafeRL

/// A small recording with all that a format might lose.
enum FormatSample {
    /// Numbers that need care: signed zeros, the smallest and the largest, and some of nine digits.
    private static let awkward: [Float] = [
        -0.0, .leastNonzeroMagnitude, Float(bitPattern: 0x807F_FFFF), .greatestFiniteMagnitude, 0.1,
        -0.333333343, 1.00000012, Float(bitPattern: 7), 123_456.789, -2.98023224e-8, 9_999_999,
    ]

    /// Episodes of 1, 4, 2 and 5 steps, terminated, cut, both at once and cut; two cost channels, whose sum somebody else rounded,
    /// and constraint values.
    ///
    /// - Parameter choices: how many choices an action is one of; nil for two real numbers.
    /// - Returns: twelve transitions.
    static func columns(choices: Int? = nil) -> TransitionColumns {
        var columns = TransitionColumns(
            observationSize: 3, actionSize: choices == nil ? 2 : 1, actionChoices: choices,
            hasConstraintValues: true, costNames: ["lane-2", "speed"])
        func number(_ index: Int) -> Float { awkward[index % awkward.count] }
        func state(_ row: Int, _ step: Int) -> [Float] { (0..<3).map { number(5 * row + 3 * step + $0) } }
        var row = 0
        for (episode, length) in [1, 4, 2, 5].enumerated() {
            for step in 0..<length {
                let isLast = step == length - 1
                let action: [Float] =
                    choices.map { [Float(row % $0)] } ?? [step == 0 ? -0.0 : 1, -0.123456791]
                let costs: [Float] = [step == 1 ? .leastNonzeroMagnitude : 0.1, Float(row) / 3]
                let sum = costs.reduce(0, +)
                columns.append(
                    observation: state(episode, step), action: action,
                    nextObservation: state(episode, step + 1), reward: number(row), costs: costs,
                    total: row == 3 ? sum.nextUp : sum, constraintValue: number(row + 4),
                    terminated: isLast && (episode == 0 || episode == 2),
                    truncated: isLast && episode != 0)
                row += 1
            }
        }
        return columns
    }

    /// The name of a file, or directory, of a format.
    static func name(_ format: DataFormat, _ stem: String) -> String {
        switch format {
        case .dsrl, .d4rl, .minariFile: "\(stem)-\(format.rawValue).hdf5"
        case .minari: "\(stem)-minari-v3"
        default: "\(stem).\(format.rawValue)"
        }
    }

    /// The Python that the binary takes, and whether it has a package.
    static let python =
        ProcessInfo.processInfo.environment["SAFERL_PYTHON"].flatMap { $0.isEmpty ? nil : $0 } ?? "python3"

    /// Whether that Python has a package; says so where it has not.
    static func hasPackage(_ name: String) -> Bool {
        let isHere = ProgramRun([python, "-c", "import \(name)"]).status == 0
        if !isHere { print("skipping tests with \(name): \(python) does not have it; set SAFERL_PYTHON") }
        return isHere
    }

    static let hasPyArrow = hasPackage("pyarrow")
    static let hasMinari = hasPackage("minari, h5py, PIL")
    static let hasHDF5 = hasPackage("h5py, numpy")
}
