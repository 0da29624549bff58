import Foundation

/// The cores that this process may run on.
enum Cores {
    /// Their numbers in rising order, at least one.
    static var allowed: [Int] {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
        let found = line.map { numbers(in: String($0.dropFirst(18))) } ?? []
        return found.isEmpty ? [0] : found
    }

    /// The numbers of a list such as `0-2,5`.
    static func numbers(in list: String) -> [Int] {
        list.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: "-").compactMap { Int($0.filter(\.isNumber)) }
            guard let first = ends.first, let last = ends.last, first <= last else { return [] }
            return Array(first...last)
        }
    }
}
