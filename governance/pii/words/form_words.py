"""The words of forms and column headers in English, German, French, Spanish, Italian and Dutch.

Lower case, without accents and marks, as `labels.normal` writes them; a new language is a few more lines here.
"""

from __future__ import annotations

SURE = {
    "PERSON": """
surname, last name, family name, first name, given name, given names, forename, forenames, middle name, maiden name
birth name, full name, legal name, preferred name, christian name, nickname, surname and first name, name and surname
first and last name, cardholder, cardholder name, name on card, next of kin, emergency contact, emergency contact name
policyholder, policy holder, account holder, beneficiary name, vorname, vornamen, nachname, familienname, zuname
geburtsname, rufname, name vorname, vor und nachname, vor und zuname, vorname und nachname, kontoinhaber
kontoinhaberin, karteninhaber, versicherungsnehmer, versicherungsnehmerin, prenom, prenoms, nom de famille
nom de naissance, nom d usage, nom et prenom, nom et prenoms, nom prenom, nom complet, titulaire du compte
personne a prevenir, preneur d assurance, apellido, apellidos, primer apellido, segundo apellido, nombre completo
nombre y apellidos, nombre y apellido, nombre de pila, titular de la cuenta, tomador del seguro, cognome
nome e cognome, cognome e nome, nome completo, intestatario, intestatario del conto, achternaam, voornaam, voornamen
roepnaam, geboortenaam, meisjesnaam, volledige naam, voor en achternaam, rekeninghouder, verzekeringnemer
real name, patient name, nom d epouse, nombres, apellido paterno, apellido materno, mother s maiden name, tussenvoegsel
""",
    "DATE_OF_BIRTH": """
dob, d o b, do b, geb, date of birth, birth date, birthdate, birth dt, birthday, bday, born, born on, geburtsdatum
geburtsdat, geburtstag, geboren am, geb am, geb datum, geb dat, gebdat, date de naissance, date naissance, ddn
fec nacimiento, fec nac, fecha nac, f nac, ne le, nee le, ne e le, fecha de nacimiento, fecha nacimiento, f nacimiento
nacido el, nacida el, data di nascita, data nascita, nato il, nata il, nato a il, geboortedatum, geboren op
birth, geburt, naissance, nacimiento, nascita, geboorte
""",
    "BANK_ACCOUNT": """
account number, account no, account nr, acct no, acct number, acc no, acc number, acc nr, a c no, bank account
bank account number, bank account no, sort code, routing number, iban, bank details, loan account, loan number
card number, credit card number, kontonummer, konto nr, kontonr, kto, kto nr, ktonr
bankverbindung, bankkonto, blz, kreditkartennummer
numero de compte, n de compte, no de compte, compte bancaire, numero de carte, numero de cuenta, n de cuenta
cuenta bancaria, cuenta corriente, numero de tarjeta, numero di conto, numero conto, n conto, conto corrente
conto bancario, coordinate bancarie, numero di carta, rekeningnummer, bankrekening, bankrekeningnummer, rekening nr
""",
    "PHONE_NUMBER": """
phone, telephone, tel, tel no, tel nr, phone no, phone number, telephone number, telephone no, mobile, mobile no
mobile number, mobile phone, mob, mob no, tel mob, telno, tel priv
cell phone, cellphone, landline, fax, fax no, fax number, contact number, contact no
contact phone, whatsapp, direct dial, telefon, telefonnummer, telefonnr, telefon nr, handynummer, mobilnummer
mobiltelefon, festnetz, rufnummer, telefax, faxnummer, durchwahl, numero de telephone, n de telephone
telephone portable, gsm, telecopie, tel portable, telefono, numero de telefono, movil, telefono movil, celular
n de telefono, tfno, tlf, numero di telefono, cellulare, telefono cellulare, cell, telefoonnummer, telefoon, mobiel
mobiele telefoon, gsm nummer, tel nummer, mobiel nummer
""",
    "STREET_ADDRESS": """
address, street, street address, home address, postal address, mailing address, residential address, address line 1
address line 2, address line, billing address, delivery address, postcode, post code, postal code, zip code
house number, place of residence, adresse, anschrift, wohnanschrift, strasse, strasse und hausnummer
strasse hausnummer, strasse nr, hausnummer, plz, postleitzahl, wohnadresse, lieferadresse, rechnungsadresse
postanschrift, plz ort, plz wohnort, adresse postale, code postal, adresse du domicile, lieu de residence, direccion
domicilio, codigo postal, direccion postal, c p, indirizzo, residenza, indirizzo di residenza, residente in, adres
woonadres, straat, straatnaam, huisnummer, postadres
""",
    "EMPLOYEE_ID": """
employee id, employee number, employee no, employee nr, emp id, emp no, empid, staff id, staff number, staff no
personnel number, personnel no, payroll number, payroll no, payroll id, badge number, badge no, badge id, worker id
personalnummer, personal nr, personalnr, mitarbeiternummer, mitarbeiter id, pers nr, numero de matricule
numero d employe, n matricule, numero de empleado, n empleado, id empleado, numero di matricola, numero matricola
personeelsnummer, medewerkernummer, werknemersnummer
gmc, gmc no, gmc number, nmc pin, nmc number, gphc number, hcpc number, npi, npi number, dea number, lanr, arztnummer
bsnr, betriebsstattennummer, rpps, numero rpps, adeli, numero adeli, big nummer, agb code, numero colegiado
numero de colegiado
""",
    "CUSTOMER_ID": """
customer id, customer number, customer no, cust no, cust id, cust number, cust ref, custno, custid
client id, client number, client no, client ref, customer ref
customer reference, insurance id, insurance no, health insurance id, health insurance number, health plan id
health plan number, medicare number, medicaid number, medicaid id, subscriber number, member id
member number, membership number, membership no, subscriber id, insurance number
insurance policy number, insured id, passenger id, loyalty number, kundennummer, kunden nr, kundennr, kd nr, kdnr
mitgliedsnummer
versichertennummer, versicherungsnummer, versicherungsscheinnummer, numero client, numero de client, n client
numero d adherent, numero d assure, numero de contrat, numero de cliente, n cliente, numero de socio, numero de poliza
numero cliente, codice cliente, numero di polizza, klantnummer, lidnummer, polisnummer, relatienummer
""",
    "NATIONAL_ID": """
ssn, social security number, social security no, national id, national id number, national identity number, nino
ni number, ni no, national insurance number, national insurance no, nhs number, nhs no, emirates id, id card number
identity number, identity card number, id card no, id card, identity card, identity card no, civil id, aadhaar
aadhaar number, sozialversicherungsnummer
sv nummer, svnr, sv nr, rentenversicherungsnummer, personalausweisnummer, ausweisnummer, ausweisnr
personalausweis nr
personalausweis, ausweis nr, ahv nummer, ahv nr, numero de securite sociale, n de securite sociale, n ss, insee
carte d identite, numero de carte d identite, cni, dni, dni nie, nif dni, numero de la seguridad social
n seguridad social, documento de identidad, nuss, carta d identita, numero carta d identita, numero documento
documento di identita, bsn, burgerservicenummer, bsn nummer, sofinummer, identiteitskaart, id kaart
""",
    "TAX_ID": """
tax id, tax no, tax number, tax identification number, unique taxpayer reference, vat number, vat no, vat id
steuernummer, steuer id, steueridentifikationsnummer, steuer identifikationsnummer, idnr, steuer nr, ust id, ust idnr
numero fiscal, numero d identification fiscale, siren, siret, numero tva, n tva, nif, cif nif
numero de identificacion fiscal, codice fiscale, cod fiscale, cod fisc, partita iva, p iva, btw nummer, fiscaal nummer
rsin
""",
    "PASSPORT": """
passport, passport no, passport number, passport nr, travel document, travel document number, reisepass
reisepassnummer, passnummer, pass nr, reisepass nr, passeport, numero de passeport, n de passeport, pasaporte
numero de pasaporte, n de pasaporte, passaporto, numero di passaporto, numero passaporto, n passaporto, paspoort
paspoortnummer
""",
    "DRIVER_LICENSE": """
driver license, drivers license, driver s license, driving licence, driving license, driver licence number, dl number
dl no, driving licence number, driving licence no, driver s license number, licence number dvla, fuhrerschein
fuhrerscheinnummer, fuhrerschein nr, permis de conduire, numero de permis, numero de permis de conduire
permiso de conducir, carnet de conducir, licencia de conducir, patente di guida, numero patente, rijbewijs
rijbewijsnummer
""",
    "MEDICAL_RECORD": """
mrn, medical record number, medical record no, hospital number, hospital no, hosp no, hosp number
lab no, lab number, accession no, accession number, patient id, patient number, patient no
medical id, health card number, chart number, patientennummer, patienten id, fallnummer, krankenversichertennummer
kvnr, krankenkassennummer, aufnahmenummer, numero de patient, ipp, numero de dossier medical, numero de paciente
numero de historia clinica, nhc, historia clinica, tarjeta sanitaria, numero paziente, tessera sanitaria
numero tessera sanitaria, cartella clinica, patientnummer, patient nr, zorgnummer, patientnr
bewohnernummer, bewohner nr, bewohnernr, fallnr, auftragsnummer, auftragsnr, befundnummer, labornummer, probennummer
specimen no, specimen number, sample id, cip, cipa, nuhsa, numero d admission, numero de sejour, iep, nda, rio number
health record number, episode number, resident number, resident id
""",
    "CASE_NUMBER": """
case number, case no, case ref, case reference, claim number, claim no, claim ref, ticket number, docket number
docket no, incident number, incident no, complaint number, complaint ref, crime ref, crime number
crime reference, aktenzeichen, akte nr, aktennummer
geschaftszeichen
vorgangsnummer, schadennummer, fall nr, antragsnummer, numero de dossier, n de dossier, numero de sinistre
reference du dossier, numero de expediente, n expediente, numero de siniestro, numero pratica, numero di pratica
numero sinistro, fascicolo, zaaknummer, dossiernummer, schadenummer, zaak nr
""",
    "VEHICLE_ID": """
registration plate, number plate, license plate, licence plate, plate number, plate no, vehicle registration
vehicle registration number, vehicle reg, vrn, chassis number, kennzeichen, kfz kennzeichen, amtliches kennzeichen
fahrgestellnummer, plaque d immatriculation, immatriculation, numero d immatriculation, matricula, numero de bastidor
bastidor, targa, numero di targa, telaio, kenteken, chassisnummer
""",
    "USERNAME": """
username, user name, user, usr, uid, logon, user id, userid, login name, login id, screen name,
benutzername, benutzerkennung, nutzername
anmeldename, benutzer id, nom d utilisateur, usuario, nombre de usuario, nome utente, utente, gebruikersnaam
""",
    "AGE": """
leeftijd
""",
    "NRP": """
nationality, citizenship, religion, ethnicity, ethnic origin, political party, nationalitat, staatsangehorigkeit
staatsburgerschaft, konfession, nationalite, citoyennete, nacionalidad, religione, nazionalita, cittadinanza
nationaliteit
""",
    "LOCATION": """
place of birth, birthplace, birth place, hometown, home town, country of birth, wohnort, geburtsort, lieu de naissance
ciudad, lugar de nacimiento, poblacion, municipio, citta, luogo di nascita, comune di residenza, woonplaats
geboorteplaats
""",
    "ORGANIZATION": """
employer, employer name, company name, organisation name, organization name, firm name, business name, bank name
name of employer, arbeitgeber, firmenname, employeur, nom de l entreprise, raison sociale, nombre de la empresa
razon social, ragione sociale, datore di lavoro, werkgever, bedrijfsnaam
""",
}
"""By type: labels that type any value, in lower case too."""

IN_CONTEXT = {
    "PERSON": """
name, names, nom, nombre, nome, naam, namen, contact, contacts, kontakt, contacto, contatto, known as, also known as
display name, given, family, first, last
""",
    "CUSTOMER_ID": """
policy number, policy no, contract number, vertragsnummer, reference number, id, id no, id number, nr, account, cif
cif number
""",
    "STREET_ADDRESS": """
location, address 1, address 2, line 1, cap, via, residence, zip, rue, calle, domicile
""",
    "VEHICLE_ID": """
fin, vin, vehicle, vehicle no, veh reg, reg no, fahrzeug, vehicule, vehiculo, veicolo, voertuig
""",
    "LOCATION": """
ort, town, city, county, commune, comune, plaats, stadt, ville, localidad
""",
    "CASE_NUMBER": """
az, application number, file number, file no, expediente
""",
    "TAX_ID": """
cf, c f, spi, tin, utr
""",
    "USERNAME": """
pseudo, login, identifiant, skype
""",
    "PHONE_NUMBER": """
ph, cell, portable, mobil, handy
""",
    "ORGANIZATION": """
school, university, organisation, organization, company, firm, firma, unternehmen, entreprise, societe, empresa
azienda, bedrijf
""",
    "NATIONAL_ID": """
nir, nie, ni
""",
    "BANK_ACCOUNT": """
rib, ccc, acct, konto
""",
    "AGE": """
age, alter, edad, eta, aged
""",
    "DRIVER_LICENSE": """
patente
""",
    "EMPLOYEE_ID": """
matricule, matricola
""",
}
"""By type: labels that mean it only beside other labels of a form about a person (`Name`, `Via`, `Age`)."""

CONTEXT_ONLY = """
email, e mail, email address, e mail address, mail, courriel, correo, correo electronico, e mail adresse, job title
role, position, occupation, profession, department, dept, gender, sex, salary, pay, wage, grade, hire date, start date
joined, marital status, ward, diagnosis, signature, seniority, beruf, abteilung, funktion, geschlecht, gehalt, anrede
poste, fonction, sexe, civilite, puesto, cargo, departamento, sexo, estado civil, ruolo, professione, sesso, reparto
stato civile, functie, afdeling, geslacht, beroep, aanhef, salutation, iban, bic, leave days
"""
"""Labels whose values stay, but which tell that the form is about a person."""

ROLES = """
surgeon, radiologist, pathologist, anaesthetist, anesthesiologist, cardiologist, psychiatrist, psychologist, dentist
pharmacist, midwife, attending physician, referring physician, prescriber, notary, paralegal, auditor, broker
underwriter, claims adjuster, investigator, prosecutor, petitioner, appellant
customer, client, patient, employee, manager, mgr, line manager, supervisor, applicant, claimant, complainant, defendant
plaintiff, respondent, witness, victim, suspect, insured, insured person, beneficiary, guarantor, borrower, tenant
landlord, lessee, lessor, owner, director, signatory, signed by, prepared by, reviewed by, approved by, reported by
reporter, assigned to, assignee, requested by, requester, submitted by, created by, updated by, written by
interviewer, interviewee, candidate, referee, doctor, physician, nurse, gp, consultant, therapist, teacher, student
pupil, child, parent, mother, father, spouse, husband, wife, partner, son, daughter, brother, sister, guardian, carer
passenger, driver, buyer, seller, purchaser, vendor contact, attendee, attendees, participant, participants, present
absent, apologies, chair, chairperson, secretary, minutes taken by, caller, called by, contact, contact person
case handler, case worker, caseworker, handler, agent, adviser, advisor, relationship manager, account manager, lawyer
solicitor, attorney, counsel, judge, author, user, member, subscriber, holder, payee, payer, recipient, sender
data subject, trustee, executor, deceased, resident, guest, visitor, relative, dependant, dependent, colleague, ceo
cfo, dpo, attn, attention, kunde, kundin, patientin, mitarbeiter, mitarbeiterin, vorgesetzter, vorgesetzte
ansprechpartner, ansprechpartnerin, sachbearbeiter, sachbearbeiterin, bearbeiter, bearbeiterin, antragsteller
antragstellerin, geschaftsfuhrer, geschaftsfuhrerin, arzt, arztin, hausarzt, mieter, mieterin, vermieter, vermieterin
zeuge, zeugin, klager, klagerin, beklagter, beklagte, unterzeichner, erstellt von, gepruft von, genehmigt von
gemeldet von, teilnehmer, teilnehmende, ehepartner, ehegatte, ehefrau, ehemann, kind, mutter, vater, sohn, tochter
versicherter, versicherte, begunstigter, bevollmachtigter, empfanger, absender, kontaktperson, schuler, betreuer
betreuerin, z hd, zu handen, eigentumer, cliente, responsable, demandeur, demanderesse, salarie, salariee, employe
gerant, conjoint, conjointe, epoux, epouse, enfant, mere, pere, fils, fille, medecin, medecin traitant, locataire
proprietaire, temoin, assure, assuree, beneficiaire, redige par, approuve par, signale par, valide par, destinataire
expediteur, personne de contact, souscripteur, signataire, interlocuteur, dirigeant, a l attention de, paciente
empleado, empleada, solicitante, jefe, jefa, supervisora, encargado, encargada, conyuge, esposo, esposa, hijo, hija
madre, padre, medico, testigo, inquilino, propietario, asegurado, asegurada, beneficiario, beneficiaria, elaborado por
aprobado por, reportado por, firmado por, destinatario, remitente, persona de contacto, asistentes, demandante
demandado, paziente, dipendente, richiedente, assicurato, assicurata, coniuge, marito, moglie, figlio, figlia
testimone, proprietario, redatto da, approvato da, segnalato da, firmato da, mittente, referente, partecipanti
legale rappresentante, klant, medewerker, werknemer, leidinggevende, contactpersoon, aanvrager, echtgenoot, echtgenote
moeder, vader, zoon, dochter, arts, huisarts, huurder, verhuurder, getuige, verzekerde, begunstigde, opgesteld door
organizer, organiser, melder, betrokkene, approver, adjuster, handled by, processed by, verified by, checked by
dictated by, referred by, authorised by, authorized by, attending, anwesend, entschuldigt, presents, excuses, presenti
assenti, asisten, aanwezig, afwezig, bearbeitet von, traite par, tramitado por, gestito da, behandeld door
goedgekeurd door, gemeld door, ondertekend door, deelnemers, behandelaar, afzender, ontvanger, t a v
keyworker, care coordinator
anesthetist, scrub nurse, scrub, operating surgeon, assistant, biomedical scientist, physiotherapist, dietitian
registrar, requesting clinician, requestor, nearest relative
bewohner, bewohnerin, angehorige, angehoriger, bezugsperson, bezugspflegekraft, pflegekraft, schwester
pflegedienstleitung, stationsleitung, wohnbereichsleitung, einsender, operateur, operateurin, assistenz, anasthesie
anasthesist, anasthesistin, instrumentierende, oberarzt, oberarztin, chefarzt, chefarztin, stationsarzt, stationsarztin
assistenzarzt, assistenzarztin, facharzt, facharztin, hausarztin, behandelnder arzt, befundet von, validiert von
validiert, freigegeben von, hebamme, versicherte person, sorgeberechtigte, gesetzlicher betreuer, handzeichen
prescripteur, prescriptrice, chirurgien, chirurgienne, anesthesiste, infirmier, infirmiere, aide soignante
puericultrice, kinesitherapeute, cadre de sante, referent, referente, personne de confiance, tuteur
tutrice, curateur, residente, patiente, biologiste, operateur, aide operatoire
cirujano, cirujana, anestesista, enfermero, enfermera, auxiliar, facultativo, medico responsable, residente, familiar
tutor, cuidador, cuidadora, chirurgo, infermiere, infermiera, anestesista, ostetrica, medico curante
verpleegkundige, verzorgende, bewoner, bewoonster, mantelzorger, apotheker, chirurg, anesthesist, specialist
"""
"""What a person is called in a form; the value is a name if it looks like one."""

PARTIES = """
all, everyone, team, sir, friend, editor, staff, support, shareholder, stockholder, lender, licensee, licensor
mortgagor, mortgagee, assignor, pledgor, obligor, contractor, subcontractor, supplier, vendor, kollegen, kolleginnen
mandant, mandantin, auftraggeber, auftraggeberin, auftragnehmer, auftragnehmerin, arbeitgeber, arbeitgeberin
arbeitnehmer, arbeitnehmerin, darlehensnehmer, darlehensnehmerin, darlehensgeber, darlehensgeberin, kreditnehmer
kreditnehmerin, rechtsanwalt, rechtsanwaltin, rechtsanwalte, notarin, staatsanwalt, staatsanwaltin, betriebsrat
bailleur, preneur, employeur, arrendador, arrendadora, arrendatario, arrendataria, prestamista, prestatario
prestataria, trabajador, trabajadora, presidenta, secretaria, procurador, procuradora, letrado, letrada, locatore
locatrice, conduttore, conduttrice, lavoratore, lavoratrice, datore di lavoro, mutuatario, mutuataria, segretario
segretaria, presidente, avvocato
"""
"""Beside ROLES, what parties and groups are called, of whom a firm may be one: no label for a name, and no name."""

NAME_WORDS = """
apellido cognome naam name names nom nombre nome noms prenom surname
"""
"""Words for a name, which a role before them makes certain (`Patient name`)."""

FUNCTION_WORDS = """
a an and d da de del dell della der des di dr du e el en et her het his ihr ihre il l la le les lo los mr mrs my of or
our s su suo the their und uw van votre y your
"""
"""Words that a label may hold without another meaning."""

ASKING = """
what whats which when where s is are was were may might can could would will shall do did you i we me us have has get
take ask for know give tell confirm provide state enter spell need please also just now then thank thanks hello hi
sure ok okay great first next finally verify repeat remind kindly with full complete to in order identify security
wie wann ist lautet war sind konnen konnten darf durfte ich wir sie mir uns bitte noch nennen sagen geben bestatigen
angeben mitteilen haben brauche brauchen benotige benotigen dein deine auch zur zum danke
quel quelle quand est votre vos ton ta etes pouvez pourriez vous me nous donner dire confirmer indiquer puis je avoir
merci aussi cual cuando es tu puede podria dar decir confirmar indicar gracias qual quando suo sua tuo tua puo potrebbe
mi ci dare dire confermare indicare grazie wat wanneer mag kunt zeggen bevestigen graag
"""
"""Words that ask for a value and may stand before its label, beside whose it is."""

YOURS = """
your ihr dein votre ton su tu vuestro suo tuo uw je jouw
"""
"""Words that make what is asked for a person's."""

ASKING_FOR_NAMES = """
who am i speaking to, who am i speaking with, whom am i speaking to, whom am i speaking with, who is calling
who is speaking, who are you, wie heissen sie, wie heisst du, comment vous appelez vous, comment t appelles tu
como se llama, como se llama usted, como te llamas, come si chiama, come ti chiami, hoe heet u, hoe heet je
"""
"""Questions for a name that do not say so."""

POLITE = """
please again then now first today sir madam for me us bitte nochmals noch s il vous plait por favor per favore
alstublieft
"""
"""Words that may stand behind it."""

QUALIFIERS = """
alternate alternative authorised business contact current daytime dienstlich emergency evening former full
geschaftlich home joint legal main mobile new old other particular permanent personal personale personnel previous
primary privat private prive professionnel registered second secondary temporary third work zakelijk
"""
"""Words that tell two labels of one kind apart (`home address`)."""

CLOSINGS = """
--, —, kind regards, best regards, warm regards, with kind regards, with best regards, regards, many thanks, thanks
thank you, best wishes, with best wishes, kindest regards, warmest regards, sincerely, yours sincerely, yours faithfully
yours truly, sincerely yours, respectfully, respectfully yours, cheers, best, all the best, signed, signed by, yours
mit freundlichen grüssen, mit freundlichen gruessen, mit besten grüssen, mit herzlichen grüssen, freundliche grüsse
beste grüsse, viele grüsse, liebe grüsse, herzliche grüsse, schöne grüsse, mfg, hochachtungsvoll, gez
cordialement, bien cordialement, bien à vous, sincères salutations, salutations, salutations distinguées
meilleures salutations, amicalement, saludos, un saludo, un cordial saludo, saludos cordiales, atentamente, un abrazo
cordialmente, cordiali saluti, distinti saluti, cari saluti, saluti, in fede
met vriendelijke groet, met vriendelijke groeten, vriendelijke groet, vriendelijke groeten, hoogachtend, groet, groeten
groetjes, mvg, met hartelijke groet
"""
"""Lines that stand above the name in a letter, in lower case with their accents (`ß` as `ss`)."""
