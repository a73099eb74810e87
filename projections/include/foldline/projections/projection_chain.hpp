#pragma once

#include <foldline/projections/projection.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// One projection made of several, which get each event in turn: a later one reads what an earlier one has made of the
/// same event, and of all before it. They share one position and one transaction; an event is decoded once.
///
///     document_projection<CustomerSummary> customers{"customers", 1};
///     sql_projection countries{"countries", 1};
///     countries.on([&](const OrderPlaced& placed, const event_view&, sql_session& rows) {
///         const CustomerSummary* customer = customers.documents_in(rows).find(placed.customer());
///         …
///     });
///     projection_chain shop{"shop", 1, {&customers, &countries}};
///
/// SQL sees the documents of an earlier part as the last flush has left them; `documents_in` sees all.
/// Only its own name and version count: raise it wherever that of a part would be raised. Where it is worked on in
/// several partitions, a part must read only what has the event's own order key.
///
/// confined. The parts outlive it, and nobody else drives them.
class projection_chain final : public projection {
public:
    /// Throws `definition_error` for a name that is none, version 0, no part, a null one, one that is named twice, a
    /// table that two parts keep, and where some parts have an order key and others have not.
    projection_chain(std::string name, std::uint32_t version, std::vector<projection*> parts);

    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] std::uint32_t version() const override { return version_; }
    [[nodiscard]] std::span<const read_model_table> tables() const override { return tables_; }
    [[nodiscard]] std::span<const projected_event> events() const override { return events_; }
    void apply(std::size_t wanted, const google::protobuf::Message& message, const event_view& event,
               sql_session& rows) override;
    void flush(sql_session& rows) override;
    void rolled_back() override;
    void committed(global_position position) override;
    void entrusted(partition part) override;
    void rebuilding(bool now) override;
    [[nodiscard]] bool has_order_key() const override { return parts_.front()->has_order_key(); }
    /// Throws `definition_error` where two parts would keep the event in order by different keys.
    [[nodiscard]] std::string order_key(std::size_t wanted, const google::protobuf::Message& message,
                                        const event_view& event) const override;

private:
    /// A part that wants an event, and as which of its own.
    struct taker {
        projection* part;
        std::size_t wanted;
    };

    void add(projection* part);
    void add_tables(const projection& part);
    void add_event(projection& part, std::size_t wanted);

    std::string name_;
    std::uint32_t version_;
    std::vector<projection*> parts_;
    std::vector<read_model_table> tables_;
    std::vector<projected_event> events_;
    std::vector<std::vector<taker>> takers_;  // by event
};

}  // namespace foldline::inline v0
