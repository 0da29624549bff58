import Foundation
import SafeRL
import Storage

/// The parameters of ICU-Sepsis, as their four files have them.
struct ICUSepsisTables: Sendable {
    /// One of the four files.
    struct File: Sendable {
        /// Its name without `.csv`.
        let name: String
        /// SHA-256 of its content, unpacked.
        let digest: String

        static let transitions = File(
            name: "transitions_admissible",
            digest: "e97d38d3f1593270c6f38518be3ebaae7a2f035ec4283760753fb97eba6c1aac")
        static let start = File(
            name: "initial", digest: "17a53553586210b14d8320b0fe3bbb06c3d4d2eb677a65b037630d6fc7aeac73")
        static let clinician = File(
            name: "expert_policy", digest: "e85a41c8244d38ce982b2a9cdba3ce469cc70b1f86191ca4289d7ceeedbed260")
        static let features = File(
            name: "state_features",
            digest: "59e6dbda4ecce9bd33aed6812b11480702efca878ed6729a55e7090a55866bb9")
        static let all = [transitions, start, clinician, features]
    }

    /// Living states; death and survival follow.
    static let living = 713
    /// Five levels of fluid times five of vasopressor.
    static let actions = 25

    /// The successors of every admissible pair; empty for the others, `[living · actions]`.
    private(set) var transitions: [[TabularCMDP.Successor]]
    /// Probability of every living state at the start.
    private(set) var start: [Double]
    /// The clinicians' probabilities, `[living, actions]`.
    private(set) var clinician: [Double]
    /// Names of the 47 features.
    private(set) var featureNames: [String]
    /// Features of every living state, `[living][47]`.
    private(set) var features: [[Float]]
    /// Mean SOFA score of every living state.
    private(set) var sofa: [Double]

    /// Reads the files of a folder, each as `.csv` or, packed, as `.csv.gz`.
    ///
    /// - Throws: `ICUSepsisError`.
    init(folder: String) throws(ICUSepsisError) {
        transitions = .init(repeating: [], count: Self.living * Self.actions)
        start = .init(repeating: 0, count: Self.living)
        clinician = .init(repeating: 0, count: Self.living * Self.actions)
        (featureNames, features, sofa) = ([], [], [])
        for row in try Self.table(.transitions, columns: 4, in: folder).rows {
            transitions[Int(row[0]) * Self.actions + Int(row[1])].append(.init(Int(row[2]), row[3]))
        }
        for row in try Self.table(.start, columns: 2, in: folder).rows { start[Int(row[0])] = row[1] }
        for row in try Self.table(.clinician, columns: 3, in: folder).rows {
            clinician[Int(row[0]) * Self.actions + Int(row[1])] = row[2]
        }
        let states = try Self.table(.features, columns: 49, in: folder)
        featureNames = Array(states.names.dropFirst(2))
        sofa = states.rows.map { $0[1] }
        features = states.rows.map { $0.dropFirst(2).map { Float($0) } }
    }

    /// Where a file of a folder lies: plain, else packed; nothing where it is not there.
    static func path(of file: File, in folder: String) -> String? {
        [".csv", ".csv.gz"].map { folder + "/" + file.name + $0 }.first {
            FileManager.default.fileExists(atPath: $0)
        }
    }

    /// The checked content of a file.
    ///
    /// - Throws: `ICUSepsisError`.
    static func content(of file: File, in folder: String) throws(ICUSepsisError) -> [UInt8] {
        guard let path = path(of: file, in: folder) else { throw .absent(folder: folder) }
        let bytes: [UInt8]
        guard fileKind(path, following: true) == .file else {
            throw .unreadable(file: path, reason: "not a regular file")
        }
        if path.hasSuffix(".gz") {
            let unpacking = ProgramRun(["gzip", "-dc", path])
            guard unpacking.status == 0 else {
                throw .unreadable(file: path, reason: "gzip cannot unpack it (\(unpacking.reason))")
            }
            bytes = unpacking.output
        } else {
            do { bytes = try fileContents(path) } catch {
                throw .unreadable(file: path, reason: "cannot be read")
            }
        }
        let digest = SHA256.hexadecimal(of: bytes)
        guard digest == file.digest else { throw .other(file: path, digest: digest) }
        return bytes
    }

    /// A file whose content is known by its digest, so that what it holds need not be checked again.
    private static func table(
        _ file: File, columns: Int, in folder: String
    ) throws(ICUSepsisError) -> (names: [String], rows: [[Double]]) {
        let lines = try content(of: file, in: folder).split(separator: UInt8(ascii: "\n"))
        let names = lines[0].split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
        let rows = lines.dropFirst().map { line in
            line.split(separator: UInt8(ascii: ",")).map {
                Double(String(decoding: $0, as: UTF8.self)) ?? .nan
            }
        }
        precondition(
            names.count == columns && rows.allSatisfy { $0.count == columns && !$0.contains(where: \.isNaN) },
            "\(file.name): not \(columns) columns of numbers")
        return (names, rows)
    }
}
