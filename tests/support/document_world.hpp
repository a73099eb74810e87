#pragma once

#include "support/sales.hpp"

#include <foldline_tests/documents/v1/documents.pb.h>
#include <foldline/projections/dispatch.hpp>
#include <foldline/projections/document_projection.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace foldline_tests {

[[nodiscard]] inline documents::v1::OrderPlaced order_placed(const std::string& customer, std::int64_t total_minor,
                                                             const std::string& country = "EIRE") {
    documents::v1::OrderPlaced event;
    event.set_customer(customer);
    event.set_total_minor(total_minor);
    event.set_country(country);
    return event;
}

[[nodiscard]] inline documents::v1::CustomerForgotten customer_forgotten(const std::string& customer) {
    documents::v1::CustomerForgotten event;
    event.set_customer(customer);
    return event;
}

inline void append(foldline::event_store& store, const google::protobuf::Message& event,
                   const std::string& order = "1") {
    (void)append_to(store, foldline::stream_id{"order", order}, {}, event);
}

/// What customers have ordered, found by country.
[[nodiscard]] inline foldline::document_projection<documents::v1::CustomerSummary> customers_projection() {
    using namespace documents::v1;
    foldline::document_projection<CustomerSummary> customers{"customers", 1};
    customers.index("country");
    customers.on(&OrderPlaced::customer, [](CustomerSummary& customer, const OrderPlaced& placed) {
        if (placed.total_minor() < 0) throw std::runtime_error("a negative total");
        customer.set_orders(customer.orders() + 1);
        customer.set_total_minor(customer.total_minor() + placed.total_minor());
        customer.set_country(placed.country());
    });
    customers.on(&CustomerForgotten::customer,
                 [](foldline::document<CustomerSummary>& customer, const CustomerForgotten&) { customer.remove(); });
    return customers;
}

/// Counts what goes through to another session.
class counted_session final : public foldline::sql_session {
public:
    struct counts {
        int writes = 0;
        int queries = 0;
        int look_ups = 0;
        friend bool operator==(const counts&, const counts&) = default;
    };

    counted_session(foldline::sql_session& inner, counts& all) : inner_(inner), all_(all) {}
    std::int64_t run(std::string_view sql, std::span<const foldline::sql_value> values) override {
        ++all_.writes;
        return inner_.run(sql, values);
    }
    void query(std::string_view sql, std::span<const foldline::sql_value> values,
               foldline::function_ref<void(const foldline::sql_row&)> sink) override {
        ++all_.queries;
        inner_.query(sql, values, sink);
    }
    void look_up(std::string_view sql, std::span<const foldline::sql_value> values,
                 foldline::function_ref<void(const foldline::sql_row&)> sink) override {
        ++all_.look_ups;
        inner_.look_up(sql, values, sink);
    }

private:
    foldline::sql_session& inner_;
    counts& all_;
};

/// Drives one projection batch by batch, in the simplest way there is.
class plain_driver {
public:
    enum class flushes { once, after_each };

    plain_driver(const foldline::event_store& store, foldline::read_model_store& models, foldline::projection& target)
        : store_(store), models_(models), target_(target), dispatch_(store, target) {
        if (!models_.find(target_.name())) models_.create(target_, store_.identity());
    }

    /// Applies what is new; gives what that took. An event that fails ends it, and nothing stays.
    counted_session::counts run(flushes when = flushes::once) {
        counted_session::counts all;
        const auto session = begin_as_nobody(models_, target_.name());
        counted_session rows{*session, all};
        const auto apply = [&](const foldline::event_view& event) {
            dispatch_.apply(event, rows);
            if (when == flushes::after_each) target_.flush(rows);
        };
        try {
            const auto query = foldline::read_query::all().after(position_of(models_, target_.name()));
            const foldline::page page = store_.read(query, foldline::batch_limit{100'000}, apply);
            target_.flush(rows);
            session->commit(page.last_position, {});
            target_.committed(page.last_position);
        } catch (...) {
            target_.rolled_back();
            throw;
        }
        return all;
    }

    /// The same, passing over events that fail: each is tried for itself, after all before it were flushed.
    void run_over_failures() {
        const auto session = begin_as_nobody(models_, target_.name());
        const auto apply = [&](const foldline::event_view& event) {
            try {
                session->attempt([&] {
                    dispatch_.apply(event, *session);
                    target_.flush(*session);
                });
            } catch (const foldline::event_failure&) {
                ++failures;
            }
        };
        const auto query = foldline::read_query::all().after(position_of(models_, target_.name()));
        const foldline::page page = store_.read(query, foldline::batch_limit{100'000}, apply);
        session->commit(page.last_position, {});
        target_.committed(page.last_position);
    }

    int failures = 0;

private:
    const foldline::event_store& store_;
    foldline::read_model_store& models_;
    foldline::projection& target_;
    foldline::projection_dispatch dispatch_;
};

}  // namespace foldline_tests
