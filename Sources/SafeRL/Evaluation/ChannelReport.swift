/// The figures of one constraint in an evaluation.
///
/// Each bound holds by itself at the report's confidence; that all hold together is less certain.
@dynamicMemberLookup
public struct ChannelReport: Codable, Sendable, Equatable {
    /// The constraint's name.
    public let name: String
    /// What its costs amount to.
    public let cost: CostFigures

    private enum CodingKeys: CodingKey { case name }

    /// A figure by its own name, such as `costMean`.
    public subscript<Value>(dynamicMember path: KeyPath<CostFigures, Value>) -> Value { cost[keyPath: path] }

    /// Sums up each channel of some episodes.
    ///
    /// - Parameters:
    ///   - records: of one evaluation, so that all have the same channels.
    ///   - extent: how large an episode can be.
    ///   - confidence: in (0, 1).
    /// - Returns: nothing where the episodes have one channel.
    static func each(
        in records: [EpisodeRecord], _ extent: EpisodeExtent?, confidence: Double
    ) -> [ChannelReport]? {
        guard let names = records.first?.channels?.map(\.name) else { return nil }
        return names.indices.map { index in
            let channels = records.map { record in
                guard let channels = record.channels, channels.map(\.name) == names else {
                    preconditionFailure("episode \(record.index) has other channels than \(names)")
                }
                return channels[index]
            }
            return ChannelReport(
                name: names[index],
                cost: CostFigures(
                    channels.map(\.totalCost), violations: channels.compactMap(\.firstViolation),
                    atMost: extent?.channelCosts[names[index]], confidence: confidence))
        }
    }

    private init(name: String, cost: CostFigures) { (self.name, self.cost) = (name, cost) }

    /// Reads the name and the figures beside it.
    public init(from decoder: any Decoder) throws {
        name = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .name)
        cost = try CostFigures(from: decoder)
    }

    /// Writes the name and the figures into one object.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(name, forKey: .name)
        try cost.encode(to: encoder)
    }
}
