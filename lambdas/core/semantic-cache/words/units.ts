/**
 * Units by the names that they go by: what they measure, and how many of its base unit they are. Amounts of one dimension are compared in its base unit,
 * so that 1 kg is 1,000 g. Temperatures are not converted.
 */
export interface Unit {
  readonly dimension: string;
  readonly factor: number;
}

const table = `
length 1 m meter metre meters metres
length 1000 km kilometer kilometre kilometers kilometres kms
length 0.01 cm centimeter centimetre centimeters centimetres cms
length 0.001 mm millimeter millimetre millimeters millimetres
length 0.000001 micron microns micrometer micrometers um
length 0.000000001 nm nanometer nanometers
length 1609.344 mile miles mi
length 0.9144 yard yards yd yds
length 0.3048 foot feet ft
length 0.0254 inch inches
mass 1000 kg kilogram kilograms kilo kilos kgs
mass 1 g gram grams gm gms
mass 0.001 mg milligram milligrams
mass 0.000001 mcg microgram micrograms
mass 1000000 ton tons tonne tonnes
mass 453.59237 lb lbs pound pounds
mass 28.349523125 oz ounce ounces
volume 1 l liter litre liters litres
volume 0.001 ml milliliter millilitre milliliters millilitres
volume 3.785411784 gallon gallons
volume 0.473176473 pint pints
volume 0.2365882365 cup cups
volume 0.01478676478125 tablespoon tablespoons tbsp
volume 0.00492892159375 teaspoon teaspoons tsp
time 0.001 ms millisecond milliseconds
time 1 sec secs seconds
time 60 min mins minute minutes
time 3600 hour hours hr hrs
time 86400 day days
time 604800 week weeks wk wks
months 1 month months
months 12 year years yr yrs
months 120 decade decades
months 1200 century centuries
speed 0.44704 mph
speed 0.277777778 kph kmh kmph
data 1 byte bytes
data 1000 kb kilobyte kilobytes
data 1000000 mb megabyte megabytes
data 1000000000 gb gigabyte gigabytes gig gigs
data 1000000000000 tb terabyte terabytes
data 1000000000000000 pb petabyte petabytes
data 1024 kib
data 1048576 mib
data 1073741824 gib
data 0.125 bit bits
rate 1000 kbps
rate 1000000 mbps
rate 1000000000 gbps
power 1 watt watts
power 1000 kw kilowatt kilowatts
power 1000000 mw megawatt megawatts
power 745.7 hp horsepower
energy 1 joule joules
energy 4184 kcal calorie calories
energy 1000 kj kilojoule kilojoules
energy 3600000 kwh
frequency 1 hz hertz
frequency 1000 khz
frequency 1000000 mhz
frequency 1000000000 ghz
voltage 1 volt volts
voltage 0.001 mv millivolt
current 1 amp amps ampere amperes
current 0.001 ma milliamp milliamps
charge 1 mah
resistance 1 ohm ohms
pressure 1 pascal pascals
pressure 6894.757 psi
pressure 100000 bar
pressure 101325 atm
area 10000 hectare hectares
area 4046.8564224 acre acres
angle 1 degree degrees
celsius 1 celsius centigrade
fahrenheit 1 fahrenheit
kelvin 1 kelvin
pixels 1 px pixel pixels
pixels 1000000 megapixel megapixels mp
usd 1 dollar dollars usd bucks
usd 0.01 cent cents
eur 1 euro euros eur
gbp 1 gbp quid sterling
inr 1 rupee rupees inr rs
jpy 1 yen jpy
cny 1 yuan cny rmb
chf 1 chf franc francs
krw 1 krw won
rub 1 ruble rubles rub
aed 1 dirham dirhams aed
cad 1 cad
aud 1 aud
sar 1 riyal riyals sar
brl 1 brl reais
mxn 1 peso pesos mxn
try 1 lira
pln 1 zloty pln
sek 1 krona sek
bitcoin 1 bitcoin bitcoins btc
bitcoin-ether 1 ether eth
percent 1 percent pct percentage
`;

export const units: ReadonlyMap<string, Unit> = new Map(
  table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [dimension = '', factor = '', ...names] = line.split(' ');
      return names.map((name): [string, Unit] => [name, { dimension, factor: Number(factor) }]);
    }),
);

export const unitSigns: Readonly<Record<string, string>> = {
  $: 'usd',
  '€': 'eur',
  '£': 'gbp',
  '¥': 'jpy',
  '₹': 'inr',
  '₩': 'krw',
  '₽': 'rub',
  '₿': 'btc',
  '%': 'percent',
  '°': 'degree',
};
