import { finite } from './finite.ts'

/** How a fibre Bragg grating answers. */
export interface GratingCalibration {
  /** Wavelength at installation, nm, and the temperature then, Cel. */
  zeroWavelengthNm: number
  zeroTemperatureCel: number
  /** pm per um/m of strain: about 1.2 at 1550 nm. */
  strainResponse: number
  /** pm per kelvin: about 10 at 1550 nm, more where the fibre is glued to metal. */
  thermalResponse: number
}

/** Strain of a fibre Bragg grating in um/m: the shift of its wavelength less what the temperature explains. */
export function gratingStrain(
  { wavelengthNm, temperatureCel }: { wavelengthNm: number; temperatureCel: number },
  { zeroWavelengthNm, zeroTemperatureCel, strainResponse, thermalResponse }: GratingCalibration,
): number | undefined {
  const shiftPm = (wavelengthNm - zeroWavelengthNm) * 1000
  const thermalPm = thermalResponse * (temperatureCel - zeroTemperatureCel)
  return finite((shiftPm - thermalPm) / strainResponse)
}
