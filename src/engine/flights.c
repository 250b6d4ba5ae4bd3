/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queues of units under way. They are short (at most some hundred units), so a list serves for look-ups too.
 */
#include "engine/flights.h"

#include <stdlib.h>
#include <unistd.h>

void
flights_init(struct flights *list)
{
    list->first = NULL;
    list->end = &list->first;
}

void
flights_append(struct flights *list, struct flight *flight)
{
    flight->next = NULL;
    *list->end = flight;
    list->end = &flight->next;
}

struct flight *
flights_remove(struct flights *list, struct flight **place)
{
    struct flight *flight = *place;
    *place = flight->next;
    if (list->end == &flight->next)
        list->end = place;
    return flight;
}

struct flight **
flights_find(struct flights *list, uint64_t id)
{
    struct flight **place = &list->first;
    while (*place && (*place)->id != id)
        place = &(*place)->next;
    return place;
}

void
flight_destroy(struct flight *flight)
{
    if (flight->fd >= 0)
        (void)close(flight->fd);
    free(flight->path);
    free(flight);
}

void
flights_finish(struct flights *list)
{
    while (list->first)
        flight_destroy(flights_remove(list, &list->first));
}
