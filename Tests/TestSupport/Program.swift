import Foundation

/// A program that tests compare with, where it is installed.
public struct Program: Sendable {
    /// Python 3.
    public static let python = Program("python3", ["-c", ""])
    /// Encodes and decodes videos.
    public static let ffmpeg = Program("ffmpeg", ["-version"])

    private let name: String
    /// Whether it can be called.
    public let isHere: Bool

    private init(_ name: String, _ trial: [String]) {
        self.name = name
        isHere = (try? Self.call(name, trial)) == 0
    }

    /// Calls it, and returns its exit code.
    public func run(_ arguments: [String]) throws -> Int32 { try Self.call(name, arguments) }

    private static func call(_ name: String, _ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
