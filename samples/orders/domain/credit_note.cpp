#include "domain/credit_note.hpp"

#include "domain/time.hpp"
#include "shop/orders/v1/credit_notes.pb.h"
#include "shop/orders/v1/state.pb.h"

#include <algorithm>

namespace shop {

using foldline::rejected;

// ------------------------------------------------------------------------------------------------ state: what events do

void credit_note::evolve(state& note, const v1::CreditNoteOpened& opened) {
    note.set_status(state::OPENED);
    note.set_customer(opened.customer());
    note.set_country(opened.country());
    note.set_opened_at_us(opened.opened_at_us());
}

void credit_note::evolve(state& note, const v1::CreditLineAdded& added) { *note.add_lines() = added.line(); }

void credit_note::evolve(state& note, const v1::CreditNoteIssued& issued) {
    note.set_status(state::ISSUED);
    note.set_issued_at_us(issued.issued_at_us());
    note.set_units(issued.units());
    note.set_total_e4(issued.total_e4());
}

// -------------------------------------------------------------------------------------------- decisions: what may happen

credit_note::decision credit_note::decide(const state& note, const import_credit_note& command) {
    if (note.status() != state::NOT_OPENED) return rejected{refusal::exists_already};
    if (command.lines.empty()) return rejected{refusal::no_lines};
    const auto sum = totals_of(command.lines);
    if (!sum) return rejected{refusal::amount_too_large};

    v1::CreditNoteOpened opened;
    opened.set_customer(command.customer);
    opened.set_country(command.country);
    opened.set_opened_at_us(to_us(command.at));
    decision result{opened};

    for (const line& line : command.lines) {
        v1::CreditLineAdded added;
        *added.mutable_line() = to_message(line);
        result.add(std::move(added));
    }

    v1::CreditNoteIssued issued;
    issued.set_customer(command.customer);
    issued.set_country(command.country);
    issued.set_issued_at_us(to_us(command.at));
    issued.set_lines(static_cast<std::int32_t>(command.lines.size()));
    issued.set_units(sum->units);
    issued.set_total_e4(sum->amount.e4());
    result.add(std::move(issued));
    return result;
}

std::string_view to_string(credit_note::refusal refusal) {
    switch (refusal) {
        case credit_note::refusal::exists_already: return "a credit note of this number exists already";
        case credit_note::refusal::no_lines: return "a credit note needs at least one line";
        case credit_note::refusal::amount_too_large:
            return "no credit note is worth more than a thousand million pounds";
    }
    return "the credit note refuses";
}

bool is_result_of(const credit_note::state& note, const import_credit_note& command) {
    return note.customer() == command.customer && note.country() == command.country &&
           note.opened_at_us() == to_us(command.at) &&
           std::equal(note.lines().begin(), note.lines().end(), command.lines.begin(), command.lines.end(),
                      [](const v1::Line& stored, const line& given) { return from_message(stored) == given; });
}

bool is_credit_note_number(std::string_view number) { return number.starts_with('C'); }

}  // namespace shop

template class foldline::repository<shop::credit_note>;
template class foldline::snapshotting_repository<shop::credit_note>;
