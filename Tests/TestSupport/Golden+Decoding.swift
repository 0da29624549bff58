import Foundation

extension Golden {
    /// Decodes a JSON file of a set, such as `("OGSRL", "metrics_and_bounds.json")`.
    public static func decode<Content: Decodable>(_ content: Content.Type, _ set: String, _ name: String)
        throws -> Content
    {
        try JSONDecoder().decode(
            content, from: Data(contentsOf: directory(set).appendingPathComponent(name)))
    }
}

extension Double {
    /// Whether the number differs from another by at most a share of it, or by at most `floor`.
    public func isWithin(_ tolerance: Double, of expected: Double, floor: Double = 0) -> Bool {
        abs(self - expected) <= max(tolerance * abs(expected), floor)
    }
}
