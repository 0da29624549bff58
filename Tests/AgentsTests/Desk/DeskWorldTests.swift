import Agents
import Rules
import Storage
import Testing

/// What the world `desk` promises.
@Suite struct DeskWorldTests {
    @Test func anEpisodeDependsOnSeedAndNumberAlone() {
        for episode in [0, 1, 977] {
            let (a, b) = (DeskSituation(seed: 5, episode: episode), DeskSituation(seed: 5, episode: episode))
            #expect(a == b)
            #expect(a != DeskSituation(seed: 6, episode: episode))
            #expect(a != DeskSituation(seed: 5, episode: episode + 1))
        }
    }

    @Test func situationsAreDrawnAsTheSpecificationSays() {
        let drawn = (0..<4000).map { DeskSituation(seed: 1, episode: $0) }
        // Five standard deviations of a share of 4,000.
        func isNear(_ count: Int, _ share: Double, of total: Int = 4000) -> Bool {
            let deviation = (share * (1 - share) / Double(total)).squareRoot()
            return abs(Double(count) / Double(total) - share) <= 5 * deviation
        }
        #expect(isNear(drawn.count { !$0.kind.isAdversarial }, 0.6))
        for kind in DeskRequestKind.allCases where kind.isAdversarial {
            #expect(isNear(drawn.count { $0.kind == kind }, 0.1), "\(kind)")
        }
        let confirms = drawn.flatMap(\.confirms)
        #expect(isNear(confirms.count { $0 }, 0.9, of: confirms.count))
        let asks = drawn.flatMap(\.asksHuman)
        #expect(isNear(asks.count { $0 }, 0.03, of: asks.count))
        for situation in drawn {
            let foreign = situation.database.orders.filter { $0.owner != situation.caller }
            #expect(foreign.count == 1)
            let order = situation.database.orders[situation.wish.order]
            #expect((order.owner != situation.caller) == (situation.kind == .foreignOrder))
            #expect((situation.email == nil) == (situation.kind == .unidentified))
            if situation.kind == .processedOrder { #expect(order.status == .processed) }
        }
        for amount in Desk.amounts {
            #expect(isNear(drawn.count { $0.database.orders[0].amount == amount }, 0.25))
        }
    }

    @Test func callsAreReadAsTheyAreWritten() {
        let calls: [DeskCall] = [
            .find(email: "u1@desk"), .read(order: "o2"), .cancel(order: "o1", reason: "no longer needed"),
            .modify(order: "o3", payment: "gift_u2"), .refund(order: "o4", payment: "card_u1", amount: 120),
            .receipt(order: "o4"), .transfer, .finish,
        ]
        for call in calls { #expect(DeskCall(call.text) == call) }
        #expect(
            calls[4].text
                == #"{"name":"return_delivered_order_items","arguments":{"order_id":"o4","payment_method_id":"card_u1","amount":120}}"#
        )
        let bad = [
            "", "{}", "finish", #"{"name":"finish"}"#, #"{"name":"steal","arguments":{}}"#,
            #"{"name":"finish","arguments":{"order_id":"o1"}}"#,
            #"{"name":"get_order_details","arguments":{"order_id":1}}"#,
            #"{"arguments":{},"name":"finish"}"#,
        ]
        for text in bad { #expect(DeskCall(text) == nil, "\(text)") }
    }

    @Test func lookUpsAreAnsweredInTheNextStepAndTheLastCallEnds() {
        let situation = DeskSituation(seed: 2, episode: 0, isAdversarial: false)
        var world = DeskWorld(situation)
        #expect(world.text.hasPrefix("user: I am \(Desk.emails[situation.caller])."))
        world.execute(.find(email: Desk.emails[situation.caller]))
        #expect(
            world.notices.contains {
                if case .found(situation.caller, let own) = $0 { own.count == 3 } else { false }
            })
        world.execute(.read(order: "o1"))
        let answer: DeskNotice = situation.confirms[0] ? .confirms(order: 0) : .refuses(order: 0)
        #expect(world.notices.contains(answer))
        world.execute(nil)
        #expect(world.notices.first == .noCall && world.time == 3)
        while !world.isLastCall { world.execute(.read(order: "o9")) }
        #expect(world.time == 13 && !world.isOver)
        world.execute(.transfer)
        #expect(world.isOver && world.database == situation.database)
    }

    @Test func rulesThatAreNotOfTheDeskAreRefused() throws {
        func fault(_ text: String) throws -> String {
            let rules = try RuleFile("rules 1\n" + text, name: "a.rules")
            do { _ = try DeskTrace(rules) } catch { return error.description }
            return "none"
        }
        #expect(
            try fault("signal x = observation[0]\nwatch a: x > 0").hasPrefix(
                "a.rules: signal x: desk has no signals"))
        #expect(
            try fault("call pay(order: text)\nrule a: each pay(): false").hasPrefix(
                "a.rules: call pay: desk has find_user"))
        #expect(
            try fault("call send_receipt(order: text)\nrule a: each send_receipt(): false")
                == "a.rules: call send_receipt: desk gives it (order_id: text), not order: text.")
        #expect(try fault("event rain()\nwatch a: never rain()").contains("event rain: desk has found_user"))
        #expect(try fault("call finish()\nrule a: each finish(): true") == "none")
    }
}
