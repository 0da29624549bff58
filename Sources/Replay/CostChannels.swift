/// The costs of one constraint; valid as long as their data set lives.
public struct CostChannel {
    /// The constraint's name.
    public let name: String
    /// Its cost of each step, `[count]`, at least 0.
    public let costs: UnsafeBufferPointer<Float>
}

/// What cost channels are called: one rule for environments, files and configurations.
public enum CostChannels {
    /// The names where there is one channel and nobody named it: `["cost"]`.
    public static let single = ["cost"]
    /// Most channels.
    public static let maximumCount = 16
    /// Most characters of a name.
    public static let maximumLength = 24

    /// Looks for what is wrong with some names.
    ///
    /// - Parameter names: right are one to `maximumCount` distinct ones, each of 1 … `maximumLength` characters out of `a-z`,
    ///   `0-9`, `-` and `_`.
    /// - Returns: the fault, such as `"Late" is no name; …`, or nothing.
    public static func fault(in names: [String]) -> String? {
        guard 1...maximumCount ~= names.count else {
            return "there are \(names.count) of them; 1 to \(maximumCount) are possible"
        }
        for (index, name) in names.enumerated() {
            guard isName(name) else {
                return "\"\(name)\" is no name; use 1 to \(maximumLength) of a-z, 0-9, - and _"
            }
            if names[..<index].contains(name) { return "\"\(name)\" stands there twice" }
        }
        return nil
    }

    /// Whether a text can be the name of a channel.
    static func isName(_ text: String) -> Bool {
        1...maximumLength ~= text.utf8.count && text.utf8.allSatisfy(allowed.contains)
    }

    private static let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}
