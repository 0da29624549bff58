import Alignment
import TestSupport
import Testing

/// Two towers beside PyTorch's numbers.
@Suite struct StreamHeadTests {
    /// A vector or a matrix, as rows.
    struct Rows: Decodable {
        let rows: [[Double]]
        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let rows = try? container.decode([[Double]].self) {
                self.rows = rows
            } else {
                rows = [try container.decode([Double].self)]
            }
        }
    }
    struct Row: Decodable {
        let hidden, risk_logits, category_logits: [[Double]]
        let query_tokens, query_risk, query_category, category: Int
        let risk: [Int]
        let query_risk_logits, query_category_logits: [Double]
        let query_loss, response_loss: Double
    }
    struct Tables: Decodable {
        let risk_order: [String]
        let epsilon, loss: Double
        let parameters, gradients: [String: Rows]
        let rows: [Row]
    }

    private static func tower(_ table: [String: Rows], _ prefix: String) throws -> StreamTower {
        func rows(_ name: String) throws -> [[Double]] { try #require(table[prefix + name + ".weight"]).rows }
        return StreamTower(
            pre: try rows("risk_level_category_pre"), norm: try rows("risk_level_category_layernorm")[0],
            risk: try rows("risk_level_head"), category: try rows("category_head"))
    }

    private static func isNear(_ a: [[Double]], _ b: [[Double]]) -> Bool {
        let (a, b) = (a.flatMap { $0 }, b.flatMap { $0 })
        return a.count == b.count && zip(a, b).allSatisfy { $0.isWithin(1e-10, of: $1, floor: 1e-10) }
    }

    private static func isNear(_ a: StreamTower, _ b: StreamTower) -> Bool {
        isNear(a.pre, b.pre) && isNear([a.norm], [b.norm]) && isNear(a.risk, b.risk)
            && isNear(a.category, b.category)
    }

    private static func sample(_ row: Row) throws -> StreamHead.Sample {
        StreamHead.Sample(
            states: row.hidden, promptTokens: row.query_tokens,
            promptRisk: try #require(GuardLabel(rawValue: row.query_risk)),
            promptCategory: row.query_category,
            risk: try row.risk.map { try #require(GuardLabel(rawValue: $0)) }, category: row.category)
    }

    @Test func logitsLossesAndGradientsAreThoseOfTheReference() throws {
        let tables = try Golden.decode(Tables.self, "alignment", "stream_head.json")
        #expect(tables.risk_order == GuardLabel.allCases.map(\.name) && !tables.rows.isEmpty)
        let head = StreamHead(
            response: try Self.tower(tables.parameters, ""),
            prompt: try Self.tower(tables.parameters, "query_"),
            epsilon: tables.epsilon)
        let value = head.loss(try tables.rows.map(Self.sample))
        #expect(value.loss.isWithin(1e-10, of: tables.loss))
        for (row, loss) in zip(tables.rows, value.samples) {
            #expect(loss.prompt.isWithin(1e-10, of: row.query_loss))
            #expect(loss.response.isWithin(1e-10, of: row.response_loss))
            let query = head.prompt(row.hidden[row.query_tokens - 1], epsilon: tables.epsilon)
            #expect(
                Self.isNear(
                    [query.risk, query.category], [row.query_risk_logits, row.query_category_logits]))
            let looks = row.hidden[row.query_tokens...].map { head.response($0, epsilon: tables.epsilon) }
            #expect(Self.isNear(looks.map(\.risk), row.risk_logits))
            #expect(Self.isNear(looks.map(\.category), row.category_logits))
        }
        #expect(Self.isNear(value.gradient.response, try Self.tower(tables.gradients, "")))
        #expect(Self.isNear(value.gradient.prompt, try Self.tower(tables.gradients, "query_")))
    }
}
