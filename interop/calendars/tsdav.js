// npm tsdav, the library under many web calendars: finds its way from the bare host, makes, changes, syncs and deletes.
const { createDAVClient } = require('tsdav');

let failed = 0, passed = 0;
function check(name, good, reason) {
  if (good) passed++; else failed++;
  console.log(good ? `ok calendars: tsdav: ${name}` : `FAIL calendars: tsdav: ${name} ${JSON.stringify(reason)}`);
}

const event = (uid, title) => ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//interop//EN', 'BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260101T000000Z',
  'DTSTART:20260901T100000Z', 'DURATION:PT1H', `SUMMARY:${title}`, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n');
const card = (version) => ['BEGIN:VCARD', `VERSION:${version}`, 'UID:tsdav-card', 'FN:Größe', 'N:;Größe;;;', 'END:VCARD', ''].join('\r\n');

async function client(accountType) {
  return createDAVClient({
    serverUrl: `http://${process.env.HOST}:${process.env.HTTP_PORT}`,
    credentials: { username: process.env.ACCOUNT, password: process.env.PASSWORD },
    authMethod: 'Basic',
    defaultAccountType: accountType,
  });
}

(async () => {
  const dav = await client('caldav');
  const calendars = await dav.fetchCalendars();
  check('finds the calendars, and no inbox among them', calendars.some((one) => one.url.endsWith('/calendar/'))
    && !calendars.some((one) => one.url.endsWith('/inbox/')), calendars.map((one) => one.url));
  const calendar = calendars.find((one) => one.url.endsWith('/calendar/'));
  const made = await dav.createCalendarObject({ calendar, filename: 'tsdav.ics', iCalString: event('tsdav', 'one') });
  check('makes an event', made.ok, made.status);
  const found = (await dav.fetchCalendarObjects({ calendar, objectUrls: [`${calendar.url}tsdav.ics`] }))[0];
  check('reads it', found.data.includes('SUMMARY:one') && found.etag, found);
  const changed = await dav.updateCalendarObject({ calendarObject: { ...found, data: event('tsdav', 'two') } });
  check('changes it', changed.ok, changed.status);
  const stale = await dav.updateCalendarObject({ calendarObject: { ...found, data: event('tsdav', 'three') } });
  check('does not change what somebody else changed', stale.status === 412, stale.status);
  const ranged = await dav.fetchCalendarObjects({ calendar, timeRange: { start: '2026-09-01T00:00:00Z', end: '2026-09-02T00:00:00Z' } });
  check('finds it by its time', ranged.some((one) => one.data.includes('SUMMARY:two')), ranged.length);
  const fresh = await dav.createCalendarObject({ calendar, filename: 'tsdav2.ics', iCalString: event('tsdav2', 'new') });
  check('makes another', fresh.ok, fresh.status);
  const removed = await dav.deleteCalendarObject({ calendarObject: { url: `${calendar.url}tsdav.ics` } });
  check('deletes', removed.ok, removed.status);

  const people = await client('carddav');
  const books = await people.fetchAddressBooks();
  const added = await people.createVCard({ addressBook: books[0], filename: 'tsdav.vcf', vCardString: card('4.0') });
  check('makes a contact', added.ok, added.status);
  const cards = await people.fetchVCards({ addressBook: books[0], objectUrls: [`${books[0].url}tsdav.vcf`] });
  check('reads it, as 3.0', cards[0].data.includes('VERSION:3.0') && cards[0].data.includes('FN:Größe'), cards);
  console.log(`${passed} passed, ${failed} failed`);
})().catch((error) => {
  console.log(`FAIL calendars: tsdav: ${String(error)}`);
});
