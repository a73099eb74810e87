#pragma once

#include "domain/line.hpp"
#include "shop/orders/v1/credit_notes.fwd.h"
#include "shop/orders/v1/state.fwd.h"

#include <foldline/core/clock.hpp>
#include <foldline/core/decider.hpp>
#include <foldline/core/repository.hpp>
#include <foldline/snapshots/snapshotting_repository.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shop {

/// A credit note that was written elsewhere, before the shop kept events.
struct import_credit_note {
    std::string customer;  ///< empty: unknown
    std::string country;
    std::vector<line> lines;  ///< as on the paper: negative quantities for what came back
    foldline::timestamp at;
};

/// A credit note: what a customer gets back for goods returned or an invoice cancelled. Its number begins with `C`.
struct credit_note {
    static constexpr std::string_view category = "credit_note";

    using events = foldline::event_list<v1::CreditNoteOpened, v1::CreditLineAdded, v1::CreditNoteIssued>;
    using commands = foldline::command_list<import_credit_note>;

    enum class refusal { exists_already, no_lines, amount_too_large };

    using state = v1::CreditNoteState;

    static void evolve(state& note, const v1::CreditNoteOpened& opened);
    static void evolve(state& note, const v1::CreditLineAdded& added);
    static void evolve(state& note, const v1::CreditNoteIssued& issued);

    using decision = foldline::decision<events, refusal>;

    static decision decide(const state& note, const import_credit_note& command);
};

/// The reason as a customer may read it.
[[nodiscard]] std::string_view to_string(credit_note::refusal refusal);

/// Whether `note` is what `command` made of nothing, line by line.
[[nodiscard]] bool is_result_of(const credit_note::state& note, const import_credit_note& command);

/// Whether a number is that of a credit note, and not of an order.
[[nodiscard]] bool is_credit_note_number(std::string_view number);

}  // namespace shop

extern template class foldline::repository<shop::credit_note>;
extern template class foldline::snapshotting_repository<shop::credit_note>;
