#include "support/shop_upcasters.hpp"

#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline_tests/shop/v3/order.pb.h>

#include <stdexcept>

namespace foldline_tests {
namespace {

shop::v2::OrderPlaced second(const shop::v1::OrderPlaced& old) {
    shop::v2::OrderPlaced placed;
    placed.set_customer(old.customer());
    placed.set_total_minor(old.total_major() * 100);
    return placed;
}

shop::v3::OrderPlaced third(const shop::v2::OrderPlaced& old) {
    shop::v3::OrderPlaced placed;
    placed.set_customer(old.customer());
    placed.set_total_minor(old.total_minor());
    placed.set_currency("GBP");
    return placed;
}

void play(const shop::v1::OrderScripted& old,
          foldline::emits<shop::v2::OrderPlaced, shop::v1::OrderShipped, shop::v1::NoteAdded> emit) {
    int index = 0;
    for (const char letter : old.script()) {
        const std::string name = letter + std::to_string(index++);
        if (letter == 'p') {
            shop::v2::OrderPlaced placed;
            placed.set_customer(name);
            emit(placed);
        } else if (letter == 's') {
            shop::v1::OrderShipped shipped;
            shipped.set_carrier(name);
            emit(std::move(shipped));
        } else {
            shop::v1::NoteAdded note;
            note.set_text(name);
            emit(note);
        }
    }
}

}  // namespace

foldline::upcaster_chain shop_upcasters() {
    foldline::upcaster_chain chain;
    chain.add(&third)
        .add(&second)
        .add([](const shop::v1::CartViewed&, foldline::emits<>) {})
        .add(&play)
        .add([](const shop::v1::OrderGarbled& old) -> shop::v3::OrderPlaced { throw std::runtime_error(old.why()); });
    return chain;
}

}  // namespace foldline_tests
